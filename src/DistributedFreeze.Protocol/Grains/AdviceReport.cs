using System.Collections.Immutable;
using DistributedFreeze.Advice;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Grains;

/// <summary>How far a question has come. Immutable.</summary>
/// <remarks>One that has ended with neither result nor failure was broken off before anything was known.</remarks>
[GenerateSerializer, Immutable, Alias("df.advice-report")]
public sealed record AdviceReport
{
    /// <summary>Rises with everything that happens, from 1.</summary>
    [Id(0)] public long Version { get; init; } = 1;

    /// <summary>How far it is.</summary>
    [Id(1)] public AdviceProgress Progress { get; init; } = new(AdviceStage.Waiting, 0, 0);

    /// <summary>Whether nothing more will happen.</summary>
    [Id(2)] public bool HasEnded { get; init; }

    /// <summary>The answer, or what was known when it was broken off; null until it has ended, and where nothing was.</summary>
    [Id(3)] public AdviceResult? Result { get; init; }

    /// <summary>Why there is no answer; null where nothing has failed.</summary>
    [Id(4)] public string? Failure { get; init; }

    /// <summary>What was wrong with the question, its images or weights, beside <see cref="Failure"/>; empty where that is not why.</summary>
    [Id(5)] public ImmutableArray<Problem> Problems { get; init; } = [];

    /// <summary>Whether it is the device that failed: another one may well answer.</summary>
    [Id(6)] public bool IsDeviceLost { get; init; }
}
