namespace DistributedFreeze.Grains.Hosting;

/// <summary>How far a silo has come that was asked to end.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class SiloDeparture
{
    private readonly TaskCompletionSource _runsLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes once its runs have their checkpoints and are left to others, or cannot be: what follows is the leaving of the cluster.</summary>
    public Task RunsLeft => _runsLeft.Task;

    internal void HasLeftRuns() => _runsLeft.TrySetResult();
}
