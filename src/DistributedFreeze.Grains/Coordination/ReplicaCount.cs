using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>How many replicas a run gets where its spec leaves it open.</summary>
internal static class ReplicaCount
{
    /// <summary>As many as asked for; otherwise what this host's processors can feed, up to the run's shards.</summary>
    public static int Of(RunSpec spec) =>
        spec.Replicas ?? Math.Clamp(Environment.ProcessorCount / spec.ThreadsPerReplica, 1, spec.Shards);
}
