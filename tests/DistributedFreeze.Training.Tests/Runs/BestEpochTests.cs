using System.Text.Json;
using DistributedFreeze.Coordination;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>A run ends with the weights of its best epoch, the same bits however it came there.</summary>
[Slow(seconds: 45)]
public sealed class BestEpochTests(BestEpochTests.Undisturbed undisturbed) : IClassFixture<BestEpochTests.Undisturbed>
{
    [Fact]
    public async Task TheModel_IsThatOfARunThatEndedWithTheBestEpoch()
    {
        var whole = undisturbed.Head;
        var best = BestOf(whole, phase: 0);
        Assert.True(best < 5, "the last epoch is the best: the test shows nothing");

        var last = await RunAsync(Head(epochs: 6) with { Keep = KeptEpoch.Last });
        var shorter = await RunAsync(Head(best + 1) with { Keep = KeptEpoch.Last });

        Assert.Equal(shorter.ModelSha256, whole.ModelSha256);
        Assert.Equal(shorter.TestLoss, whole.TestLoss);
        Assert.NotEqual(last.ModelSha256, whole.ModelSha256);
        Assert.Equal(last.TrainLoss, whole.TrainLoss);
        Assert.Equal((6, best), (whole.Phases[0].Epochs, whole.Phases[0].KeptEpoch));
        Assert.Equal((6, 5), (last.Phases[0].Epochs, last.Phases[0].KeptEpoch));
    }

    [Fact]
    public async Task TheNextPhase_BeginsWithThem()
    {
        var head = Head(epochs: 6);

        // Steps too small to change a weight.
        var two = await RunAsync(head, head with { Epochs = 1, Optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = 1e-30 } });

        Assert.Equal(undisturbed.Head.ModelSha256, two.ModelSha256);
    }

    [Fact]
    public async Task Patience_EndsAPhaseEarly_WithTheSameWeights()
    {
        var whole = undisturbed.Head;
        var events = new List<RunEvent>();
        var patient = Spec(Head(epochs: 6) with { Patience = 1 });
        var early = (await LocalRun.RunAsync(patient, 2, onEvent: (_, happened) => events.Add(happened), workspaces: undisturbed.WorkspacesOf(patient))).Receipt!;

        var firstWorse = Enumerable.Range(1, 5).First(epoch => whole.Epochs[epoch].ValidationLoss >= whole.Epochs.Take(epoch).Min(before => before.ValidationLoss));
        var done = Assert.Single(events.OfType<RunEvent.PhaseDone>());
        Assert.Equal((0, firstWorse + 1, firstWorse - 1, true), (done.Phase, done.Epochs, done.Kept, done.EndedEarly));
        Assert.Equal(early.Epochs[done.Kept].ValidationLoss, done.ValidationLoss);
        Assert.Equal((firstWorse + 1, (firstWorse + 1) * 3L), (early.Phases[0].Epochs, early.Phases[0].Steps));
        Assert.Equal(whole.TrainLoss.Take(firstWorse + 1), early.TrainLoss);
        Assert.Equal((await RunAsync(Head(firstWorse) with { Keep = KeptEpoch.Last })).ModelSha256, early.ModelSha256);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task OnAnyNumberOfReplicas_AndResumedAtAnyEpoch_ItEndsWithTheSameBits(int replicas)
    {
        var whole = undisturbed.TwoPhases;
        Assert.True(BestOf(whole, phase: 0) < 3 || BestOf(whole, phase: 1) < 2, "the last epochs are the best: the test shows nothing");

        Assert.Contains(whole.Epochs, epoch => !epoch.IsBest && whole.Epochs.Any(next => (next.Phase, next.Epoch) == (epoch.Phase, epoch.Epoch + 1))); // lowers the rate
        var spec = Spec(TwoPhases);
        for (var resume = false; ; resume = true)
        {
            // An attempt goes on for two epochs: stops fall between all others.
            var epochs = 0;
            var outcome = await LocalRun.RunAsync(spec, replicas, resume, (driver, happened) =>
            {
                if (happened is RunEvent.EpochDone && ++epochs == 2)
                {
                    _ = driver.RequestStop();
                }
            }, workspaces: undisturbed.WorkspacesOf(spec));
            if (outcome.Receipt is { } receipt)
            {
                AssertSame(whole, receipt);
                return;
            }
        }
    }

    [Fact]
    public async Task AStopAtTheEndOfAPhase_ForgetsNothing()
    {
        var whole = undisturbed.TwoPhases;
        var spec = Spec(TwoPhases);

        var interrupted = await LocalRun.RunAsync(spec, 2, onEvent: (driver, happened) =>
        {
            if (happened is RunEvent.PhaseDone { Phase: 0 })
            {
                _ = driver.RequestStop();
            }
        }, workspaces: undisturbed.WorkspacesOf(spec));
        Assert.True(interrupted.Progress is { Phase: 0, IsPhaseEnded: true });

        AssertSame(whole, (await LocalRun.RunAsync(spec, 3, resume: true, workspaces: undisturbed.WorkspacesOf(spec))).Receipt!);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    public async Task AReplicaThatIsLostAtTheEndOfAPhase_IsDoneWithout(int lost, bool afterwards)
    {
        var whole = undisturbed.TwoPhases;
        var spec = Spec(TwoPhases);
        var ends = 0;

        var outcome = await LocalRun.RunAsync(spec, 2, workspaces: undisturbed.WorkspacesOf(spec), wrap: (replica, member) => member != lost ? replica : new WatchedReplica(replica)
        {
            BeforeEndOfPhase = () => !afterwards && ++ends == 1 ? throw Gone() : Task.CompletedTask,
            AfterEndOfPhase = () => afterwards && ++ends == 1 ? throw Gone() : Task.CompletedTask,
        });

        AssertSame(whole, outcome.Receipt!);
        Assert.Equal(1, outcome.Receipt!.Replicas);
    }

    [Fact]
    public async Task ANewcomerAfterTheBestEpoch_TakesItsWeightsOverToo()
    {
        var whole = undisturbed.Head;
        var best = BestOf(whole, phase: 0);
        Assert.True(best < 4, "the best epoch is too late: the test shows nothing");
        var spec = Spec(Head(epochs: 6));
        using var pool = new ChangingPool(undisturbed.WorkspacesOf(spec), replicas: 1);

        var driver = new RunDriver(LocalRun.RunId, spec with { Replicas = 1 }, pool, happened =>
        {
            if (happened is RunEvent.EpochDone done && done.Result.Epoch == best + 1)
            {
                pool.ReplaceAll();
            }
        }, new ManualClock());

        AssertSame(whole, (await driver.RunAsync(resume: false, TestContext.Current.CancellationToken)).Receipt!);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task ACoordinatorThatIsLostAtTheEndOfAPhase_IsReplaced(int phase)
    {
        var whole = undisturbed.TwoPhases;
        var spec = Spec(TwoPhases);
        using var pool = new ChangingPool(undisturbed.WorkspacesOf(spec), replicas: 2);
        var stored = await LostCoordinator.OfAsync(spec, pool, happened => happened is RunEvent.PhaseDone done && done.Phase == phase);

        var second = new RunDriver(LocalRun.RunId, spec with { Replicas = 2 }, pool, _ => { }, new ManualClock());

        AssertSame(whole, (await second.PickUpAsync(stored, TestContext.Current.CancellationToken)).Receipt!);
    }

    [Fact]
    public async Task Plateau_LowersTheRate_AfterEveryEpochThatWasNoBetter()
    {
        var events = new List<RunEvent>();
        var spec = Spec(Head(epochs: 6) with { Schedule = Plateau });
        var lowered = (await LocalRun.RunAsync(spec, 2, onEvent: (_, happened) => events.Add(happened), workspaces: undisturbed.WorkspacesOf(spec))).Receipt!;

        var worse = lowered.Epochs.Select(epoch => !epoch.IsBest).ToList();
        Assert.Equal(
            lowered.Epochs.Select(epoch => 0.3 * Math.Pow(0.5, worse.Take(epoch.Epoch).Count(one => one))),
            events.OfType<RunEvent.WindowDone>().GroupBy(window => window.Epoch).Select(windows => Assert.Single(windows.Select(window => window.LearningRate).Distinct())));
        var before = worse.IndexOf(true) + 1;
        Assert.InRange(before, 2, 5);
        Assert.Equal(undisturbed.Head.TrainLoss.Take(before), lowered.TrainLoss.Take(before));
        Assert.NotEqual(undisturbed.Head.TrainLoss[before], lowered.TrainLoss[before]);
    }

    [Theory]
    [InlineData(3, ScheduleKind.Constant, "phases[0].patience")]
    [InlineData(null, ScheduleKind.Plateau, "phases[0].schedule.kind")]
    public async Task WhatNeedsValidationImages_IsRefusedWithoutThem(int? patience, ScheduleKind schedule, string field)
    {
        using var runs = new SmallRuns();
        Directory.Delete(Path.Combine(runs.Data, "val"), recursive: true);
        var spec = runs.TwoPhases("refused");
        spec = spec with { Data = spec.Data with { ValidationShare = 0 }, Phases = [Head(epochs: 3) with { Patience = patience, Schedule = new() { Kind = schedule, Patience = 1 } }] };

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => LocalRun.RunAsync(spec, 1));

        Assert.Equal(field, Assert.Single(refused.Problems).Field);
    }

    private static void AssertSame(Receipt whole, Receipt other)
    {
        Assert.Equal(whole.ModelSha256, other.ModelSha256);
        Assert.Equal(whole.TrainLoss, other.TrainLoss);
        Assert.Equal(whole.TestLoss, other.TestLoss);
        Assert.Equal(whole.Phases, other.Phases);
        Assert.Equal(JsonSerializer.Serialize(whole.Validation), JsonSerializer.Serialize(other.Validation));
    }

    private static int BestOf(Receipt receipt, int phase) => receipt.Epochs.Where(epoch => epoch.Phase == phase).MinBy(epoch => epoch.ValidationLoss)!.Epoch;

    private static ReplicaLostException Gone() => new("It is gone.") { IsUnreachable = true };

    /// <summary>Steps that are too large: the validation loss goes up and down.</summary>
    private static PhaseSpec Head(int epochs) => new() { Epochs = epochs, Optimizer = new() { Kind = OptimizerKind.Adam, LearningRate = 0.3 } };

    private static ScheduleSpec Plateau => new() { Kind = ScheduleKind.Plateau, Patience = 1, Gamma = 0.5 };

    private static PhaseSpec[] TwoPhases =>
    [
        Head(epochs: 4) with { Schedule = Plateau },
        Head(epochs: 3) with { Schedule = Plateau, Freeze = new FreezePolicy.LastLayers(4), BatchNorm = BatchNormMode.Train },
    ];

    private Task<Receipt> RunAsync(params PhaseSpec[] phases) => undisturbed.RunAsync(phases);

    private RunSpec Spec(params PhaseSpec[] phases) => undisturbed.Spec(phases);

    /// <summary>What nothing disturbed.</summary>
    public sealed class Undisturbed : IAsyncLifetime
    {
        private readonly SmallRuns _runs = new();
        private readonly KeptWorkspaces _workspaces = new();
        private int _outputs;

        /// <summary>Six epochs of the head.</summary>
        public Receipt Head { get; private set; } = null!;

        /// <summary>Two phases, the second one of the last layers.</summary>
        public Receipt TwoPhases { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Head = await RunAsync(BestEpochTests.Head(epochs: 6));
            TwoPhases = await RunAsync(BestEpochTests.TwoPhases);
        }

        public ValueTask DisposeAsync()
        {
            _workspaces.Dispose();
            _runs.Dispose();
            return ValueTask.CompletedTask;
        }

        public async Task<Receipt> RunAsync(params PhaseSpec[] phases)
        {
            var spec = Spec(phases);
            return (await LocalRun.RunAsync(spec, 2, workspaces: WorkspacesOf(spec))).Receipt!;
        }

        internal RunWorkspaces WorkspacesOf(RunSpec spec) => _workspaces.Of(spec);

        public RunSpec Spec(params PhaseSpec[] phases)
        {
            var spec = _runs.TwoPhases($"run-{++_outputs}");
            return spec with { Data = spec.Data with { ImageSize = 33 }, Phases = [.. phases] };
        }
    }
}
