using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>A run of two phases at 33 pixels that nothing disturbed, and its data and base weights for runs that something does.</summary>
/// <remarks>
/// Steps of an epoch: 12, 12 and 4 images. The clock stands still, so windows are known: the first is one step, each later one goes
/// to the end of its epoch. Windows are 1 to 5, epochs 1 to 4, the second phase begins with window 4 and epoch 3.
/// </remarks>
public sealed class UndisturbedRun : IAsyncLifetime
{
    private readonly SmallRuns _runs = new();
    private readonly RunWorkspaces _workspaces = new();
    private RunWorkspaces.Lease? _lease;
    private int _outputs;

    /// <summary>The run's folder.</summary>
    public OutputFolder Output { get; private set; } = new("");

    /// <summary>How the run ended.</summary>
    public RunOutcome Outcome { get; private set; } = null!;

    /// <summary>What the run's receipt says.</summary>
    public Receipt Receipt => Outcome.Receipt!;

    internal RunWorkspace Workspace => _lease!.Workspace;

    /// <summary>A folder on its own, that no other test has.</summary>
    public string NewFolder() => _runs.Output($"run-{Interlocked.Increment(ref _outputs)}");

    /// <summary>The same spec with an output folder of its own.</summary>
    public RunSpec NewSpec()
    {
        var spec = _runs.TwoPhases($"run-{Interlocked.Increment(ref _outputs)}");
        return spec with { Data = spec.Data with { ImageSize = 33 } };
    }

    public async ValueTask InitializeAsync()
    {
        var spec = NewSpec();
        _lease = _workspaces.Join(LocalRun.RunId, spec, TestContext.Current.CancellationToken);
        Output = new(spec.Output);
        Outcome = await RunAsync(spec, replicas: 2);
    }

    public ValueTask DisposeAsync()
    {
        _lease?.Dispose();
        _runs.Dispose();
        return ValueTask.CompletedTask;
    }

    internal Task<RunOutcome> RunAsync(
        RunSpec spec,
        int replicas,
        bool resume = false,
        Action<RunDriver, RunEvent>? onEvent = null,
        Func<IReplica, int, IReplica>? wrap = null,
        TimeProvider? time = null) =>
        LocalRun.RunAsync(spec, replicas, resume, onEvent, wrap, _workspaces, time ?? new ManualTime());
}
