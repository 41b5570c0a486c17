using System.Collections.Immutable;
using System.Text.Json;
using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

[assembly: AssemblyFixture(typeof(DistributedFreeze.Training.Runs.UndisturbedRun.Once))]

namespace DistributedFreeze.Training.Runs;

/// <summary>A run of two phases at 33 pixels that nothing disturbed, and its data and base weights for runs that something does.</summary>
/// <remarks>
/// Steps of an epoch: 12, 12 and 4 images. The clock stands still, so windows are known: the first is one step, each later one goes
/// to the end of its epoch. So there are windows 1 to 4 and epochs 1 to 3, and the second phase begins with window 3 and epoch 2.
/// </remarks>
/// <param name="once">The run, which all classes share.</param>
public sealed class UndisturbedRun(UndisturbedRun.Once once) : IAsyncLifetime
{
    /// <summary>The run's folder.</summary>
    public OutputFolder Output { get; private set; } = new("");

    /// <summary>How the run ended.</summary>
    public RunOutcome Outcome { get; private set; } = null!;

    /// <summary>What the run's receipt says.</summary>
    public Receipt Receipt => Outcome.Receipt!;

    internal RunWorkspaces Workspaces => once.Workspaces;

    /// <summary>The same spec with an output folder of its own.</summary>
    public RunSpec NewSpec() => once.NewSpec();

    public async ValueTask InitializeAsync() => (Output, Outcome) = await once.TrainedAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Laws 3 and 5: another run of the same spec has come to the same bits.</summary>
    /// <param name="outcome">How it ended.</param>
    /// <param name="spec">Its spec.</param>
    /// <param name="replicas">How many replicas it ended with.</param>
    internal void AssertSame(RunOutcome outcome, RunSpec spec, int replicas)
    {
        Assert.Equal(RunState.Succeeded, outcome.State);
        Assert.Equal(Receipt.ModelSha256, outcome.Receipt!.ModelSha256);
        Assert.Equal(Receipt.TrainLoss, outcome.Receipt.TrainLoss);
        Assert.Equal(Receipt.TestLoss, outcome.Receipt.TestLoss);
        Assert.Equal(Receipt.Epochs.Select(epoch => epoch.ValidationLoss), outcome.Receipt.Epochs.Select(epoch => epoch.ValidationLoss));
        Assert.Equal(AsJson(Receipt), AsJson(outcome.Receipt));
        Assert.Equal(replicas, outcome.Receipt.Replicas);
        Assert.Equal(File.ReadAllBytes(Output.Model), File.ReadAllBytes(new OutputFolder(spec.Output).Model));
    }

    /// <summary>What a receipt says of both splits.</summary>
    internal static string AsJson(Receipt receipt) => JsonSerializer.Serialize(new { receipt.Test, receipt.Validation }, RunJson.Indented);

    internal Task<RunOutcome> RunAsync(
        RunSpec spec,
        int replicas,
        bool resume = false,
        Action<RunDriver, RunEvent>? onEvent = null,
        Func<IReplica, int, IReplica>? wrap = null,
        TimeProvider? time = null) =>
        LocalRun.RunAsync(spec, replicas, resume, onEvent, wrap, Workspaces, time ?? new ManualClock());

    /// <summary>Trains it when the first class asks for it, and keeps it until the last test has ended.</summary>
    public sealed class Once : IDisposable
    {
        private readonly SmallRuns _runs = new();
        private readonly FeatureStores _stores = new();
        private readonly Lazy<Task<(OutputFolder, RunOutcome)>> _trained;
        private RunWorkspaces.Lease? _lease;
        private int _outputs;

        public Once()
        {
            Workspaces = new(_stores);
            _trained = new(TrainAsync);
        }

        internal RunWorkspaces Workspaces { get; }

        public Task<(OutputFolder Output, RunOutcome Outcome)> TrainedAsync() => _trained.Value;

        public RunSpec NewSpec()
        {
            var spec = _runs.TwoPhases($"run-{Interlocked.Increment(ref _outputs)}");
            return spec with { Data = spec.Data with { ImageSize = 33 }, Phases = [spec.Phases[0] with { Epochs = 1 }, spec.Phases[1]] };
        }

        public void Dispose()
        {
            _lease?.Dispose();
            _stores.Dispose();
            _runs.Dispose();
        }

        private async Task<(OutputFolder, RunOutcome)> TrainAsync()
        {
            var spec = NewSpec();
            _lease = Workspaces.Join(LocalRun.RunId, spec, CancellationToken.None);
            return (new(spec.Output), await LocalRun.RunAsync(spec, replicas: 2, workspaces: Workspaces, time: new ManualClock()));
        }
    }

    /// <summary>A spec's data and base weights, for a run that no other shares them with.</summary>
    internal sealed class OwnWorkspace : IDisposable
    {
        private readonly FeatureStores _stores = new();
        private readonly DrawnBases? _drawn;
        private readonly RunWorkspaces _workspaces;
        private readonly RunWorkspaces.Lease _lease;
        private readonly RunSpec _spec;

        /// <param name="spec">The run.</param>
        /// <param name="damages">Whether the test changes the base, which no other run may then share.</param>
        public OwnWorkspace(RunSpec spec, bool damages = false)
        {
            _spec = spec;
            _drawn = damages ? new() : null;
            _workspaces = new(_stores) { Drawn = _drawn ?? DrawnBases.OfThisProcess };
            _lease = _workspaces.Join(LocalRun.RunId, spec, TestContext.Current.CancellationToken);
        }

        public RunWorkspaces Workspaces => _workspaces;

        public RunWorkspace Workspace => _lease.Workspace;

        /// <summary>The base's weights that the run's replicas read.</summary>
        public BaseWeights Weights => _lease.Workspace.Weights.On(CPU);

        public LayerTable Table => _lease.Workspace.Run.Table;

        public ImmutableArray<FreezeMask> Masks => _lease.Workspace.Run.Masks;

        public Task<RunOutcome> RunAsync(
            int replicas, Action<RunDriver, RunEvent>? onEvent = null, Func<IReplica, int, IReplica>? wrap = null) =>
            LocalRun.RunAsync(_spec, replicas, onEvent: onEvent, wrap: wrap, workspaces: _workspaces, time: new ManualClock());

        public void Dispose()
        {
            _lease.Dispose();
            _drawn?.Dispose();
            _stores.Dispose();
        }
    }
}
