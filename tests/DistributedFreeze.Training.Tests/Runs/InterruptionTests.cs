using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>A run that ended early goes on to the same bits, wherever it ended and on however many replicas it goes on.</summary>
[Slow]
public sealed class InterruptionTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>
{
    /// <summary>Where a run is asked to stop; the number that goes with it counts from 1.</summary>
    public enum Moment
    {
        WhenPrepared,
        WhenAPhaseStarts,
        WithinAWindow,
        AfterAWindow,
        WithinAValidation,
        AfterAnEpoch,
        WithinTheTest,
    }

    [Theory]
    [InlineData(Moment.WhenPrepared, 1, 1, 2)]
    [InlineData(Moment.WhenAPhaseStarts, 2, 2, 1)]
    [InlineData(Moment.WithinAWindow, 2, 2, 3)]
    [InlineData(Moment.WithinAWindow, 4, 3, 2)]
    [InlineData(Moment.AfterAWindow, 1, 4, 1)]
    [InlineData(Moment.AfterAWindow, 3, 1, 4)]
    [InlineData(Moment.WithinAValidation, 1, 2, 4)]
    [InlineData(Moment.WithinAValidation, 3, 3, 1)]
    [InlineData(Moment.AfterAnEpoch, 3, 2, 1)]
    [InlineData(Moment.WithinTheTest, 1, 4, 2)]
    public async Task AnInterruptedRun_GoesOnToTheUndisturbedRunsBits(Moment moment, int number, int replicas, int replicasLater)
    {
        var spec = undisturbed.NewSpec();
        var output = new OutputFolder(spec.Output);

        var interrupted = await RunUntilAsync(moment, number, spec, replicas);

        Assert.Equal(RunState.Interrupted, interrupted.State);
        Assert.Null(interrupted.Receipt);
        string[] left = moment == Moment.WhenPrepared ? [output.Owner, output.Spec] : [output.Owner, output.Checkpoint, output.Spec];
        Assert.Equal(left, Directory.GetFiles(output.Path).Order(StringComparer.Ordinal));

        var resumed = await undisturbed.RunAsync(output.ReadSpec("--resume"), replicasLater, resume: true);

        AssertUndisturbed(resumed, output, replicasLater);
    }

    /// <summary>Other processors, GPUs or libraries round in another way: law 3 holds on one class, and whoever reads the receipt has to know.</summary>
    [Theory]
    [InlineData(Moment.AfterAnEpoch, true)]
    [InlineData(Moment.WhenPrepared, false)]
    public async Task ARunThatGoesOnOnAnotherClassOfDevice_SaysSo_AndOneOfWhichNothingWasComputedDoesNot(Moment moment, bool isTold)
    {
        var spec = undisturbed.NewSpec();
        var output = new OutputFolder(spec.Output);
        var events = new List<RunEvent>();

        await RunUntilAsync(moment, 1, spec, 1, wrap: OfClass("first"));
        var resumed = await undisturbed.RunAsync(output.ReadSpec("--resume"), 2, resume: true, (_, e) => events.Add(e), OfClass("second"));

        AssertUndisturbed(resumed, output, 2);
        Assert.Equal(isTold ? ["first", "second"] : null, resumed.Receipt!.DeviceClasses?.AsEnumerable());
        Assert.Equal(isTold ? [("first", "second")] : [], events.OfType<RunEvent.Regrouped>().Where(group => group.OtherClass is not null).Select(group => (group.ClassBefore!, group.OtherClass!)));

        static Func<IReplica, int, IReplica> OfClass(string name) => (replica, _) => new WatchedReplica(replica) { Prepared = ready => ready with { DeviceClass = name } };
    }

    [Fact]
    public async Task AStopWish_EndsTheWindowAfterItsCurrentStep()
    {
        var steps = new List<int>();

        await RunUntilAsync(Moment.WithinAWindow, 2, undisturbed.NewSpec(), replicas: 4, e =>
        {
            if (e is RunEvent.WindowDone done)
            {
                steps.Add(done.Step);
            }
        });

        Assert.Equal([1, 2], steps);
    }

    [Fact]
    public async Task AStopWish_WhileDataIsLoaded_EndsTheRunWithoutACheckpoint_AndItCanGoOn()
    {
        using var runs = new SmallRuns();
        using var stores = new FeatureStores();
        await using var replica = new LocalReplica(new(stores), new());
        var spec = runs.TwoPhases("loading");
        RunDriver? driver = null;
        driver = new("loading", spec, LocalRun.Pool([new WatchedReplica(replica) { BeforePreparing = () => driver!.RequestStop() }]), _ => { }, TimeProvider.System);

        var outcome = await driver.RunAsync(resume: false, TestContext.Current.CancellationToken);

        Assert.Equal((RunState.Interrupted, null), (outcome.State, outcome.Receipt));
        Assert.Equal([".owner", "run.json"], Directory.EnumerateFiles(spec.Output).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(RunSpecKey.Of(spec), RunSpecKey.Of(new OutputFolder(spec.Output).ReadSpec("--resume")));
    }

    [Theory]
    [InlineData(1, 2, 1)]
    [InlineData(6, 3, 2)]
    public async Task ARunThatDied_GoesOnFromItsLastCheckpointToTheUndisturbedRunsBits(int checkpoint, int replicas, int replicasLater)
    {
        var spec = undisturbed.NewSpec();
        var time = new ManualClock();
        var written = 0;

        // A checkpoint is due once a minute: here after every window and every epoch.
        await Assert.ThrowsAsync<Death>(() => undisturbed.RunAsync(spec, replicas, time: time, onEvent: (_, e) =>
        {
            if (e is RunEvent.CheckpointWritten && ++written == checkpoint)
            {
                throw new Death();
            }

            time.Advance(e is RunEvent.WindowDone or RunEvent.EpochDone ? TimeSpan.FromSeconds(61) : TimeSpan.Zero);
        }));

        var resumed = await undisturbed.RunAsync(spec, replicasLater, resume: true);

        AssertUndisturbed(resumed, new(spec.Output), replicasLater);
    }

    [Fact]
    public async Task ARunThatIsInterruptedTwice_StillEndsWithTheUndisturbedRunsBits()
    {
        var spec = undisturbed.NewSpec();

        await RunUntilAsync(Moment.AfterAWindow, 1, spec, replicas: 2);
        var again = await RunUntilAsync(Moment.AfterAWindow, 2, spec, replicas: 1, resume: true);
        Assert.Equal(RunState.Interrupted, again.State);

        AssertUndisturbed(await undisturbed.RunAsync(spec, 3, resume: true), new(spec.Output), 3);
    }

    [Fact]
    public async Task AnUnfinishedRunWithoutACheckpoint_BeginsAgain()
    {
        var spec = undisturbed.NewSpec();
        new OutputFolder(spec.Output).Begin(spec);

        AssertUndisturbed(await undisturbed.RunAsync(spec, 1, resume: true), new(spec.Output), 1);
    }

    private void AssertUndisturbed(RunOutcome outcome, OutputFolder output, int replicas)
    {
        Assert.Equal(RunState.Succeeded, outcome.State);
        var receipt = outcome.Receipt!;
        Assert.Equal(undisturbed.Receipt.ModelSha256, receipt.ModelSha256);
        Assert.Equal(undisturbed.Receipt.TrainLoss, receipt.TrainLoss);
        Assert.Equal(undisturbed.Receipt.TestLoss, receipt.TestLoss);
        Assert.Equal(undisturbed.Receipt.TestAccuracy, receipt.TestAccuracy);
        Assert.Equal(undisturbed.Receipt.Epochs.Select(epoch => epoch.ValidationLoss), receipt.Epochs.Select(epoch => epoch.ValidationLoss));
        Assert.All(receipt.Epochs, epoch => Assert.True(epoch.ImagesPerSecond > 0));
        Assert.InRange(receipt.Epochs.Sum(epoch => epoch.Seconds), 0, receipt.Seconds);
        Assert.Equal(replicas, receipt.Replicas);
        Assert.Equal(File.ReadAllBytes(undisturbed.Output.Model), File.ReadAllBytes(output.Model));
        Assert.Equal([output.Model, output.Receipt], Directory.GetFiles(output.Path).Order(StringComparer.Ordinal));
    }

    private Task<RunOutcome> RunUntilAsync(
        Moment moment, int number, RunSpec spec, int replicas, Action<RunEvent>? onEvent = null, bool resume = false, Func<IReplica, int, IReplica>? wrap = null)
    {
        RunDriver? driver = null;
        var count = 0;
        return undisturbed.RunAsync(
            spec,
            replicas,
            resume,
            (running, e) =>
            {
                driver = running;
                onEvent?.Invoke(e);
                _ = Reach(e switch
                {
                    RunEvent.Prepared => Moment.WhenPrepared,
                    RunEvent.PhaseStarted => Moment.WhenAPhaseStarts,
                    RunEvent.WindowDone => Moment.AfterAWindow,
                    RunEvent.EpochDone => Moment.AfterAnEpoch,
                    _ => null,
                });
            },
            (replica, member) => member > 0 ? wrap?.Invoke(replica, member) ?? replica : new WatchedReplica(wrap?.Invoke(replica, member) ?? replica)
            {
                BeforeWindow = _ => Reach(Moment.WithinAWindow),
                BeforeEvaluation = split => Reach(split == EvaluationSplit.Test ? Moment.WithinTheTest : Moment.WithinAValidation),
            });

        Task Reach(Moment? reached) => reached == moment && ++count == number ? driver!.RequestStop() : Task.CompletedTask;
    }

    private sealed class Death : Exception;
}
