using System.Collections.Immutable;

namespace DistributedFreeze.Freezing.Estimates;

/// <summary>How fast this machine does the parts of a run, measured for a moment.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record MeasuredRates
{
    /// <summary>Images per second that are decoded beside one replica, on all threads that it has for that.</summary>
    public required double Decode { get; init; }

    /// <summary>Those threads, at least 1.</summary>
    public int DecodeThreads { get; init; } = 1;

    /// <summary>What each phase computes.</summary>
    public required ImmutableArray<PhaseRates> Phases { get; init; }

    /// <summary>What evaluates frozen layers here, such as <c>onnx-1.31.1-cpu-x64-avx512</c>; null where nobody says.</summary>
    public string? PrefixEngine { get; init; }

    /// <summary>Seconds in which the prefix engines are made, once.</summary>
    public double EngineSeconds { get; init; }

    /// <summary>Bytes per second to and from the cache folder; null where features are in memory only, or the folder cannot be written.</summary>
    public double? Disk { get; init; }
}

/// <summary>How fast one replica computes a phase.</summary>
/// <param name="Prefix">Images per second up to the boundary; null where there is nothing to compute.</param>
/// <param name="Tail">Images per second forward and backward after the boundary.</param>
/// <param name="StepSeconds">Seconds per step to add the shards and change the weights.</param>
public sealed record PhaseRates(double? Prefix, double Tail, double StepSeconds);
