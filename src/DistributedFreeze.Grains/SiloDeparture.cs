using System.Diagnostics.CodeAnalysis;

namespace DistributedFreeze.Grains;

/// <summary>How far a silo has come that was asked to end.</summary>
/// <remarks>Thread-safe.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "The source holds neither timer nor handle.")]
public sealed class SiloDeparture
{
    private readonly CancellationTokenSource _begun = new();
    private readonly TaskCompletionSource _runsLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes once its runs have their checkpoints and are left to others, or cannot be: what follows is the leaving of the cluster.</summary>
    public Task RunsLeft => _runsLeft.Task;

    /// <summary>Cancelled once the silo is asked to end: whoever waits for a store that is away gives up.</summary>
    internal CancellationToken Begun => _begun.Token;

    internal void Begin() => _begun.Cancel();

    internal void HasLeftRuns() => _runsLeft.TrySetResult();
}
