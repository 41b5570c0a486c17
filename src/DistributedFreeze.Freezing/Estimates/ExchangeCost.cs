namespace DistributedFreeze.Freezing.Estimates;

/// <summary>What replicas lose to one another.</summary>
internal static class ExchangeCost
{
    /// <summary>Seconds per step to wait for the slowest and wake up, whatever is exchanged; assumed, for replicas of one process.</summary>
    private const double StepSeconds = 1e-4;

    /// <summary>Bytes per second at which vectors are added in shared memory; assumed.</summary>
    private const double BytesPerSecond = 2e9;

    /// <returns>Seconds of an epoch; 0 for one replica.</returns>
    public static double OfEpoch(int steps, long bytes, int replicas) => replicas == 1
        ? 0
        : steps * (StepSeconds + 2.0 * (replicas - 1) / replicas * bytes / BytesPerSecond);
}
