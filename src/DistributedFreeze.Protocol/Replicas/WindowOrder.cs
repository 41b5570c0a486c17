using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Replicas;

/// <summary>A stretch of steps within one epoch, in which the replicas need only one another.</summary>
[GenerateSerializer, Immutable, Alias("df.window-order")]
public sealed record WindowOrder
{
    /// <summary>The phase, from 0.</summary>
    [Id(0)] public required int Phase { get; init; }

    /// <summary>The epoch within the phase, from 0.</summary>
    [Id(1)] public required int Epoch { get; init; }

    /// <summary>First step of the window within its epoch, from 0.</summary>
    [Id(2)] public required int FirstStep { get; init; }

    /// <summary>Number of steps, at least 1.</summary>
    [Id(3)] public required int Steps { get; init; }

    /// <summary>Where the run stands before the window.</summary>
    [Id(4)] public RunProgress Progress { get; init; } = new();

    /// <summary>The group that the order is for.</summary>
    [Id(5)] public int Generation { get; init; }
}

/// <summary>What a window came to; losses and answers are over all replicas, so every replica reports the same ones.</summary>
[GenerateSerializer, Immutable, Alias("df.window-report")]
public sealed record WindowReport
{
    /// <summary>Sum of the losses of each completed step, in order.</summary>
    [Id(0)] public required ImmutableArray<float> Losses { get; init; }

    /// <summary>Correct answers in each completed step, in order.</summary>
    [Id(1)] public required ImmutableArray<int> Correct { get; init; }

    /// <summary>Images in each completed step, in order.</summary>
    [Id(2)] public required ImmutableArray<int> Samples { get; init; }

    /// <summary>True where the window ended early because someone asked for it.</summary>
    [Id(3)] public required bool Stopped { get; init; }

    /// <summary>Where this replica's time went.</summary>
    [Id(4)] public required StepTimes Times { get; init; }

    /// <summary>Images whose features this replica computed.</summary>
    [Id(5)] public long FeaturesComputed { get; init; }

    /// <summary>Images whose features this replica read from where they were kept.</summary>
    [Id(6)] public long FeaturesRead { get; init; }
}
