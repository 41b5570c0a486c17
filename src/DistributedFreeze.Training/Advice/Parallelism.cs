using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Advice;

/// <summary>How the processors are divided; it decides how long advice takes, and nothing else. Immutable.</summary>
/// <param name="Replicas">Replicas of a short run.</param>
/// <param name="ShortRuns">Short runs that train at a time.</param>
internal readonly record struct Parallelism(int Replicas, int ShortRuns)
{
    /// <summary>Threads of what needs no replicas: images and probes.</summary>
    public int Threads => Replicas * ShortRuns;

    /// <summary>As many replicas as the run says, or as it has shards; where processors are left, short runs side by side.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="processors">Processors, at least 1.</param>
    public static Parallelism Of(RunSpec spec, int processors)
    {
        var threads = Math.Max(1, processors / spec.ThreadsPerReplica);
        var replicas = spec.Replicas ?? Math.Min(spec.Shards, threads);
        return new(replicas, Math.Max(1, threads / replicas));
    }
}
