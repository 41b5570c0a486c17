using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Telemetry;

public sealed class RunMetricsTests : IDisposable
{
    private readonly Readings _readings = new();
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));
    private readonly RunMetrics _metrics;
    private readonly List<string> _began;

    public RunMetricsTests()
    {
        _metrics = new(_readings.Meters, _readings.Scrapes, _time, new CoordinationOptions());
        _began = _readings.Added();
    }

    [Fact]
    public void WhatHasNotHappened_IsZeroAndNotAbsent() => Assert.Equal(
        [
            "frozen.drift 0", "run.ended state=succeeded reason=none 0", "run.ended state=failed reason=input 0",
            "run.ended state=failed reason=divergence 0", "run.ended state=failed reason=frozen_drift 0", "run.ended state=failed reason=storage 0", "run.ended state=failed reason=other 0",
            "run.ended state=interrupted reason=none 0", "run.ended state=cancelled reason=none 0",
        ],
        _began);

    [Fact]
    public void APhase_GivesItsParametersMaskAndBoundary()
    {
        _metrics.Happened("r1", Phase(trainable: 10, frozen: 90));

        Assert.Equal(
            ["run.parameters run=r1 phase=1 state=trainable 10", "run.parameters run=r1 phase=1 state=frozen 90"], _readings.Of("run.parameters"));
        Assert.Equal(["run.mask.version run=r1 phase=1 1"], _readings.Of("run.mask"));
        Assert.Equal(["run.boundary.depth run=r1 phase=1 175"], _readings.Of("run.boundary"));
    }

    [Fact]
    public void AWindow_GivesRateLossAccuracyAndLearningRate()
    {
        _metrics.Happened("r1", Window(loss: 0.5, accuracy: 0.75, rate: 100));
        _metrics.Happened("r1", Window(loss: 0.25, accuracy: 1, rate: 200));

        Assert.Equal(["run.throughput run=r1 phase=1 200"], _readings.Of("run.throughput"));
        Assert.Equal(["run.loss run=r1 phase=1 0.25"], _readings.Of("run.loss"));
        Assert.Equal(["run.accuracy run=r1 phase=1 1"], _readings.Of("run.accuracy"));
        Assert.Equal(["run.learning_rate run=r1 phase=1 0.001"], _readings.Of("run.learning_rate"));
    }

    [Fact]
    public void AnEpoch_GivesWhatItsValidationCameTo()
    {
        Train("r1");
        Assert.Empty(_readings.Of("run.validation"));

        _metrics.Happened("r1", Scored(loss: 0.5, accuracy: 0.75));
        _metrics.Happened("r1", Phase(trainable: 90, frozen: 10) with { Phase = 1 });
        Assert.Equal(["run.validation.loss run=r1 phase=1 0.5", "run.validation.accuracy run=r1 phase=1 0.75"], _readings.Of("run.validation"));
        _metrics.Happened("r1", Scored(loss: 0.25, accuracy: 1, phase: 1));

        Assert.Equal(["run.validation.loss run=r1 phase=2 0.25", "run.validation.accuracy run=r1 phase=2 1"], _readings.Of("run.validation"));
    }

    [Fact]
    public void ARunWithoutValidationImages_HasNoValidation()
    {
        _metrics.Happened("r1", Epoch);

        Assert.Empty(_readings.Of("run.validation"));
    }

    [Fact]
    public void ARunThatIsPickedUp_HasTheValidationOfTheEpochBefore()
    {
        _metrics.Happened("r1", new RunEvent.PickedUp(0, 1, 2, "replicas"));
        _metrics.StandsAt("r1", new() { Epochs = [Scored(loss: 0.5, accuracy: 0.75).Result] }, RunLabels.None);

        Assert.Equal(["run.validation.loss run=r1 phase=1 0.5", "run.validation.accuracy run=r1 phase=1 0.75"], _readings.Of("run.validation"));
    }

    [Fact]
    public void ARunsLabels_StandInOneSeriesOfIt_ThatGoesWithTheRun()
    {
        _metrics.Happened("r1", Prepared(replicas: 1));
        _metrics.StandsAt("r1", new(), RunLabels.Of(new() { ["team"] = "vision", ["cost-center"] = "4711" }));
        _metrics.Happened("r2", Prepared(replicas: 1));

        Assert.Equal(["run.info run=r1 label_cost_center=4711 label_team=vision 1", "run.info run=r2 1"], _readings.Of("run.info"));
        _metrics.Happened("r1", new RunEvent.Ended(RunState.Succeeded, null, []));
        Assert.Equal(["run.info run=r2 1"], _readings.Of("run.info"));
    }

    [Fact]
    public void Windows_AddUpToImagesStepsAndBytesByPhase()
    {
        _metrics.Happened("r1", Prepared(replicas: 2));
        _metrics.Happened("r1", Phase(trainable: 10, frozen: 90));
        _metrics.Happened("r1", Window(steps: 3, images: 20));
        _metrics.Happened("r1", Window(steps: 2, images: 16));
        _metrics.Happened("r1", Window(steps: 1, images: 4) with { Phase = 1 });

        Assert.Equal(["run.images run=r1 phase=1 36", "run.images run=r1 phase=2 4"], _readings.Of("run.images"));
        Assert.Equal(["run.steps run=r1 phase=1 5", "run.steps run=r1 phase=2 1"], _readings.Of("run.steps"));

        // 5 steps of 2 replicas, each 4 bytes for 10 parameters; all 100 would have taken 90 more.
        Assert.Equal("run.exchange.io run=r1 phase=1 400", _readings.Of("run.exchange.io")[0]);
        Assert.Equal("run.exchange.saved run=r1 phase=1 3600", _readings.Of("run.exchange.saved")[0]);
    }

    [Fact]
    public void AReplicaAlone_ExchangesNothing()
    {
        _metrics.Happened("r1", Prepared(replicas: 1));
        _metrics.Happened("r1", Phase(trainable: 10, frozen: 90));
        _metrics.Happened("r1", Window(steps: 3, images: 20));

        Assert.Equal(["run.exchange.io run=r1 phase=1 0", "run.exchange.saved run=r1 phase=1 0"], _readings.Of("run.exchange"));
    }

    [Fact]
    public void Epochs_AreCountedForEachRun()
    {
        _metrics.Happened("r1", Epoch);
        _metrics.Happened("r1", Epoch);
        _metrics.Happened("r2", Epoch);

        Assert.Equal(["run.epochs run=r1 2", "run.epochs run=r2 1"], _readings.Of("run.epochs").Order());
    }

    [Fact]
    public void ALoss_IsCountedAndItsRecoveryToo()
    {
        _metrics.Happened("r1", Prepared(replicas: 3));
        Assert.Equal(["run.replicas run=r1 state=preparing 3"], _readings.Of("run.replicas"));
        _metrics.Happened("r1", Phase(trainable: 10, frozen: 90));
        Assert.Equal(["run.replicas run=r1 state=training 3"], _readings.Of("run.replicas"));
        _metrics.Happened("r1", new RunEvent.ReplicaLost("s/cpu:0", "gone"));
        Assert.Equal(["run.replicas run=r1 state=regrouping 2"], _readings.Of("run.replicas"));
        _metrics.Happened("r1", new RunEvent.Regrouped(2, ["s/cpu:1", "s/cpu:2"], [], []));
        _metrics.Happened("r1", new RunEvent.Regrouped(3, ["s/cpu:1", "s/cpu:2", "s/cpu:3"], ["s/cpu:3"], []));

        Assert.Equal(["run.replicas run=r1 state=training 3"], _readings.Of("run.replicas"));
        Assert.Equal(["run.replica.losses run=r1 1"], _readings.Of("run.replica.losses"));
        Assert.Equal(["run.recoveries run=r1 kind=regrouped 1", "run.recoveries run=r1 kind=picked_up 0"], _readings.Of("run.recoveries"));
    }

    [Fact]
    public void AStraggler_IsCounted_AndShardsThatMoveAreNoRecovery()
    {
        _metrics.Happened("r1", Prepared(replicas: 2));
        Assert.Equal(["run.stragglers run=r1 0"], _readings.Of("run.stragglers"));
        _metrics.Happened("r1", new RunEvent.Straggler("s/cpu:0", 4, "tail") { MovesShards = true });
        _metrics.Happened("r1", new RunEvent.Regrouped(2, ["s/cpu:0", "s/cpu:1"], [], []));

        Assert.Equal(["run.stragglers run=r1 1"], _readings.Of("run.stragglers"));
        Assert.Equal("run.recoveries run=r1 kind=regrouped 0", _readings.Of("run.recoveries")[0]);
    }

    [Fact]
    public void ARunThatIsPickedUp_IsARecovery()
    {
        _metrics.Happened("r1", new RunEvent.PickedUp(0, 1, 2, "replicas"));

        Assert.Equal("run.recoveries run=r1 kind=picked_up 1", _readings.Of("run.recoveries")[1]);
    }

    [Fact]
    public void ARunThatIsPickedUpWithoutAReplica_TrainsAgainAndDoesNotRegroup()
    {
        _metrics.Happened("r1", new RunEvent.ReplicaLost("s/cpu:0", "gone"));
        _metrics.Happened("r1", new RunEvent.PickedUp(0, 1, 2, "replicas"));
        _metrics.Happened("r1", Prepared(replicas: 2));
        _metrics.Happened("r1", Phase(trainable: 10, frozen: 90));

        Assert.Equal(["run.replicas run=r1 state=training 2"], _readings.Of("run.replicas"));
        Assert.Equal(["run.recoveries run=r1 kind=regrouped 0", "run.recoveries run=r1 kind=picked_up 1"], _readings.Of("run.recoveries"));
    }

    [Fact]
    public void ACheckpoint_AgesUntilTheNextOne()
    {
        _metrics.Happened("r1", Prepared(replicas: 1));
        Assert.Empty(_readings.Of("run.checkpoint.age"));
        _metrics.Happened("r1", Phase(trainable: 10, frozen: 90));
        _time.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal(["run.checkpoint.age run=r1 90"], _readings.Of("run.checkpoint.age"));

        _metrics.Happened("r1", new RunEvent.CheckpointWritten("file"));
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(["run.checkpoint.age run=r1 5"], _readings.Of("run.checkpoint.age"));
        Assert.Equal(["checkpoint.interval 60"], _readings.Of("checkpoint.interval"));
    }

    [Fact]
    public void ProgressMoves_WithEveryWindow_AndAWaitingRunHasNone()
    {
        _metrics.Happened("r1", new RunEvent.Queued(1));
        Assert.Empty(_readings.Of("run."));
        _metrics.Happened("r1", Prepared(replicas: 1));
        Assert.Single(_readings.Of("run.start.timestamp"));
        var before = Assert.Single(_readings.Of("run.progress.timestamp"));

        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(before, Assert.Single(_readings.Of("run.progress.timestamp")));
        _metrics.Happened("r1", Window(steps: 1, images: 4));

        Assert.NotEqual(before, Assert.Single(_readings.Of("run.progress.timestamp")));
    }

    [Fact]
    public void AnEnd_IsCountedByStateAndTakesTheRunsGaugesAway()
    {
        Train("r1");
        Train("r2");

        _metrics.Happened("r1", new RunEvent.Ended(RunState.Interrupted, "why", []));

        Assert.Equal(["run.ended state=interrupted reason=none 1", "frozen.drift 0"], _readings.Added());
        Assert.All(Gauges(), measured => Assert.Contains("run=r2", measured, StringComparison.Ordinal));
        Assert.Equal(13, Gauges().Count);
    }

    [Theory]
    [InlineData("paused")]
    [InlineData("left")]
    public void ARunThatIsPausedOrLeftToAnotherSilo_HasNoGaugesHere(string how)
    {
        Train("r1");

        if (how == "paused")
        {
            _metrics.Happened("r1", new RunEvent.Paused());
        }
        else
        {
            _metrics.Left("r1");
        }

        Assert.Empty(Gauges());
    }

    [Fact]
    public void ARunThatAnotherSiloGoesOnWith_IsCountedThereFromZero()
    {
        _metrics.Happened("r1", new RunEvent.PickedUp(0, 1, 2, "replicas"));
        _metrics.Happened("r1", new RunEvent.ReplicaLost("s/cpu:0", "gone"));
        Train("r1");

        string[] begun =
        [
            "run.images run=r1 phase=1 0", "run.replica.losses run=r1 0", "run.recoveries run=r1 kind=picked_up 0",
        ];
        string[] risen =
        [
            "run.images run=r1 phase=1 20", "run.replica.losses run=r1 1", "run.recoveries run=r1 kind=picked_up 1",
        ];
        Assert.Subset(_readings.Scraped("run.").ToHashSet(), begun.ToHashSet());
        Assert.Subset(_readings.Scraped("run.").ToHashSet(), risen.ToHashSet());

        _metrics.Left("r1");
        _time.Advance(RunMetrics.Linger + TimeSpan.FromSeconds(1));
        Assert.Empty(_readings.Scraped("run.images"));
        Train("r1");

        Assert.Equal(["run.images run=r1 phase=1 0"], _readings.Scraped("run.images"));
    }

    [Fact]
    public void WhatElseReads_UsesNoBeginningUp()
    {
        Train("r1");

        Assert.Equal(["run.images run=r1 phase=1 20"], _readings.Of("run.images")); // a collector gets each value with the time it began at 0
        Assert.Equal(["run.images run=r1 phase=1 0"], _readings.Scraped("run.images"));
        Assert.Equal(["run.images run=r1 phase=1 20"], _readings.Scraped("run.images"));
    }

    [Fact]
    public void ARunThatComesBack_GoesOnWithItsCounters()
    {
        Train("r1");
        _metrics.Happened("r1", new RunEvent.Paused());
        _metrics.Happened("r1", new RunEvent.Resumed());
        Train("r1");

        Assert.Equal(["run.images run=r1 phase=1 40"], _readings.Of("run.images"));
        Assert.Equal(13, Gauges().Count);
    }

    [Fact]
    public void TheCountersOfARun_OutliveItForAWhile()
    {
        Train("r1");
        _metrics.Happened("r1", new RunEvent.Ended(RunState.Succeeded, null, []));

        _time.Advance(RunMetrics.Linger);
        Assert.Equal(["run.images run=r1 phase=1 20"], _readings.Of("run.images"));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.DoesNotContain(_readings.Of("run."), measured => measured.Contains("run=", StringComparison.Ordinal));
    }

    [Fact]
    public void ChangedFrozenLayers_AreAnAlarm()
    {
        Train("r1");
        var ended = RunEnding.Of(new Errors.RunFailedException("Frozen layers changed") { ChangedLayers = 2 });

        _metrics.Happened("r1", ended);

        Assert.Equal(["run.ended state=failed reason=frozen_drift 1", "frozen.drift 2"], _readings.Added());
    }

    [Fact]
    public void AFailure_TellsWhoseItIsToMend()
    {
        Train("r1");
        Exception[] failures =
        [
            new Errors.InvalidInputException("data.path", "must be a folder"),
            new Errors.RunFailedException("The training loss became NaN") { IsDivergence = true },
            new Errors.RunFailedException("The run was given up"),
            new IOException("No space left on device"),
            new Errors.InvalidInputException("output", "cannot be written: Read-only file system") { IsStorage = true },
        ];
        foreach (var failure in failures)
        {
            _metrics.Happened("r1", RunEnding.Of(failure));
        }

        Assert.Equal(
            [
                "run.ended state=failed reason=input 1", "run.ended state=failed reason=divergence 1",
                "run.ended state=failed reason=other 1", "run.ended state=failed reason=storage 1", "run.ended state=failed reason=storage 1",
            ],
            _readings.Added().Where(line => line.StartsWith("run.ended", StringComparison.Ordinal)));
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _readings.Dispose();
    }

    private void Train(string runId)
    {
        _metrics.Happened(runId, Prepared(replicas: 2));
        _metrics.Happened(runId, Phase(trainable: 10, frozen: 90));
        _metrics.Happened(runId, Window(steps: 3, images: 20));
        _readings.Added();
    }

    private List<string> Gauges()
    {
        string[] counters = ["run.images", "run.steps", "run.exchange", "run.epochs", "run.replica.losses", "run.recoveries", "run.stragglers"];
        return [.. _readings.Of("run.").Where(measured => !counters.Any(counter => measured.StartsWith(counter, StringComparison.Ordinal)))];
    }

    private static RunEvent.EpochDone Epoch { get; } = new(new EpochResult
    {
        Phase = 0,
        Epoch = 0,
        TrainLoss = 1,
        TrainAccuracy = 0.5,
        Seconds = 2,
        ImagesPerSecond = 3,
    });

    private static RunEvent.EpochDone Scored(double loss, double accuracy, int phase = 0) =>
        new(Epoch.Result with { Phase = phase, ValidationLoss = loss, ValidationAccuracy = accuracy });

    internal static RunEvent.Prepared Prepared(int replicas) => new(replicas, 20, 4, 4, ["a", "b"], []);

    internal static RunEvent.PhaseStarted Phase(long trainable, long frozen) =>
        new(0, 1, 2, "hash", "avg_pool", trainable, frozen, 4 * trainable) { MaskVersion = 1, BoundaryDepth = 175 };

    internal static RunEvent.WindowDone Window(double loss, double accuracy, double rate) =>
        new(0, 0, 1, 2, loss, accuracy, rate, null) { LearningRate = 0.001 };

    private static RunEvent.WindowDone Window(int steps, int images) =>
        new(0, 0, steps, 10, 0.5, 0.5, 100, null) { WindowSteps = steps, WindowImages = images, LearningRate = 0.001 };
}
