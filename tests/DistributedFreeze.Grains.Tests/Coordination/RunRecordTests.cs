using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Coordination;

public sealed class RunRecordTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly RunRecord Record = new()
    {
        Submission = new(new() { Data = new() { Path = "images" }, Phases = [new()], Output = "out", Shards = 4, Replicas = 3 }, Resume: false, Priority: 7),
        State = RunState.Queued,
        SubmittedAt = Noon,
        Generation = 2,
        Devices = ["here/cpu:0"],
        Wish = RequestedAction.Pause,
        Progress = new() { Epoch = 1 },
    };

    [Theory]
    [InlineData(RunState.Paused)]
    [InlineData(RunState.Interrupted)]
    [InlineData(RunState.Failed)]
    public void ARunThatHalted_IsQueuedAgainFromItsCheckpoint(RunState state)
    {
        var halted = Record with { State = state, Reason = "It stopped.", Problems = [new("data.path", "is missing")], EndedAt = Noon };

        var resumed = halted.Resume();

        Assert.True(halted.CanResume);
        Assert.Equal((RunState.Queued, true, RequestedAction.None), (resumed.State, resumed.Submission!.Resume, resumed.Wish));
        Assert.Equal((null, null), (resumed.Reason, resumed.EndedAt));
        Assert.Empty(resumed.Problems);
        Assert.Empty(resumed.Devices);
        Assert.Equal(2, resumed.Generation);
    }

    [Theory]
    [InlineData(RunState.Queued)]
    [InlineData(RunState.Succeeded)]
    [InlineData(RunState.Cancelled)]
    public void AnyOther_StaysAsItIs(RunState state)
    {
        var record = Record with { State = state };

        Assert.False(record.CanResume);
        Assert.Same(record, record.Resume());
    }

    [Theory]
    [InlineData(3, null, 3)] // not reached
    [InlineData(2, null, null)]
    [InlineData(2, 5, 5)]
    [InlineData(3, 1, 1)]
    public void WhereItIsToPause_StaysWhereItIsNotReached(int before, int? resumedUntil, int? after)
    {
        var paused = Record.Pause(new() { EpochsBefore = 2 }) with { PauseAfterEpoch = before, CancelReason = "none" };

        Assert.Equal((after, null), (paused.Resume(resumedUntil).PauseAfterEpoch, paused.Resume(resumedUntil).CancelReason));
    }

    [Theory]
    [InlineData(RunState.Paused, RequestedAction.None, true)]
    [InlineData(RunState.Paused, RequestedAction.Pause, true)]
    [InlineData(RunState.Paused, RequestedAction.Interrupt, false)]
    [InlineData(RunState.Paused, RequestedAction.Cancel, false)]
    [InlineData(RunState.Interrupted, RequestedAction.Pause, true)]
    [InlineData(RunState.Interrupted, RequestedAction.Interrupt, false)]
    [InlineData(RunState.Interrupted, RequestedAction.Cancel, false)]
    [InlineData(RunState.Succeeded, RequestedAction.Pause, false)]
    public void WhatWasAskedMeanwhile_DecidesWhetherItWaits(RunState left, RequestedAction wish, bool pauses) =>
        Assert.Equal(pauses, (Record with { Wish = wish }).Pauses(left));

    [Fact]
    public void APausedRun_HoldsNothing()
    {
        var paused = Record.Pause(new() { Epoch = 3 });

        Assert.Equal((RunState.Paused, RequestedAction.None, 3), (paused.State, paused.Wish, paused.Progress.Epoch));
        Assert.Empty(paused.Devices);
        Assert.Null(paused.EndedAt);
    }

    [Fact]
    public void AnEndedRun_KeepsHowAndWhen()
    {
        var ended = Record.End(
            new(RunState.Failed, "It broke.", [new("a.jpg", "is empty")]), new() { Epoch = 3 }, receipt: null, lastEvent: 9, Noon);

        Assert.Equal((RunState.Failed, "It broke.", RequestedAction.None), (ended.State, ended.Reason, ended.Wish));
        Assert.Equal([new("a.jpg", "is empty")], ended.Problems);
        Assert.Equal((3, 9, Noon), (ended.Progress.Epoch, ended.LastEvent, ended.EndedAt));
        Assert.Empty(ended.Devices);
    }

    [Fact]
    public void AMilestone_IsKeptForTheNextCoordinator()
    {
        var kept = Record.Reach(new(5, ["there/cpu:1"], new() { Phase = 1 }), lastEvent: 12, coordinator: "here");

        Assert.Equal((5, 1, 12), (kept.Generation, kept.Progress.Phase, kept.LastEvent));
        Assert.Equal(["there/cpu:1"], kept.Devices);
        Assert.Equal("here", kept.Coordinator);
        Assert.Equal((RunState.Queued, RequestedAction.Pause), (kept.State, kept.Wish));
    }

    [Fact]
    public void TheClassThatItBeganOn_IsWhatItClaims_UntilAnotherComputesIt()
    {
        var began = Record.Reach(new(3, ["a/cpu:0"], new()) { DeviceClass = "first" }, lastEvent: 1, coordinator: "here");
        var epoch = began.Reach(new(3, ["a/cpu:0"], new() { Epoch = 1 }), lastEvent: 2, coordinator: "here");
        var moved = epoch.Reach(new(4, ["b/cpu:0"], new() { Epoch = 1 }) { DeviceClass = "second" }, lastEvent: 3, coordinator: "here");

        Assert.Equal(
            [null, "first", "first", "second"],
            new[] { Record, began, epoch.Pause(new()).Resume(), moved }.Select(record => record.Claim("run", Noon).Class));
    }

    [Theory]
    [InlineData(true, 0, true, RunState.Running)]
    [InlineData(true, 2, false, RunState.Running)]
    [InlineData(false, 1, true, RunState.Queued)]
    [InlineData(false, 0, false, RunState.Queued)]
    [InlineData(false, 0, true, RunState.Preparing)]
    public void AQueuedRun_IsSeenByWhatItDoes(bool trains, int queuePosition, bool hasDevices, RunState seen) =>
        Assert.Equal(seen, Record.StateNow(trains, queuePosition, hasDevices));

    [Fact]
    public void AnEndedRun_IsSeenAsEnded() =>
        Assert.Equal(RunState.Failed, (Record with { State = RunState.Failed }).StateNow(trains: true, queuePosition: 0, hasDevices: true));

    [Theory]
    [InlineData(1, 3, 1, 3)]
    [InlineData(2, 1, 2, 2)]
    [InlineData(9, null, 4, 4)]
    [InlineData(1, null, 1, 1)]
    public void TheClaim_IsForNoMoreThanTheRunHasWorkFor(int minReplicas, int? replicas, int least, int most)
    {
        var spec = Record.Submission!.Spec with { MinReplicas = minReplicas, Replicas = replicas, Precision = RunPrecision.Tf32 };

        var claim = (Record with { Submission = Record.Submission with { Spec = spec } }).Claim("first", now: Noon.AddDays(1));

        Assert.Equal(("first", 7, Noon, least, most), (claim.RunId, claim.Priority, claim.SubmittedAt, claim.Least, claim.Most));
        Assert.Equal(["here/cpu:0"], claim.Holding);
        Assert.Equal(DeviceChoice.Cuda, claim.Device);
    }

    [Fact]
    public void CoordinatorsThatAreLostInOnePlace_AreCounted()
    {
        var record = Record with { Starts = 0 };
        for (var start = 1; start <= RunRecord.MostFruitlessStarts; start++)
        {
            Assert.False(record.IsGivenUp);
            record = record.Start().Reach(new(start, [], Record.Progress with { Seconds = start }), lastEvent: 0, "here");
            Assert.Equal(start, record.Starts);
        }

        Assert.True(record.IsGivenUp);
        Assert.False(record.Leave().IsGivenUp);
        Assert.False(record.Pause(record.Progress).IsGivenUp);
        Assert.False((record with { State = RunState.Failed }).Resume().IsGivenUp);
    }

    [Theory]
    [InlineData(0, 1, 5)]
    [InlineData(0, 2, 0)]
    [InlineData(1, 0, 0)]
    [InlineData(0, 0, 0)]
    public void ARunThatStandsElsewhere_HasNotBeenLostThere(int phase, int epoch, int step)
    {
        var record = (Record with { Starts = 2 }).Start();

        Assert.Equal(1, record.Reach(new(3, [], new() { Phase = phase, Epoch = epoch, Step = step }), lastEvent: 0, "here").Starts);
    }

    [Fact]
    public void WhyItIsGivenUp_NamesItsLayersPlaceAndWhatToTry()
    {
        var reason = GivenUp.Reason(Record.Submission!.Spec, Record with { Starts = 3 });

        Assert.Contains("3 coordinators in a row were lost while it loaded or trained phase 1/1, the head, each from epoch 2, step 1 on", reason, StringComparison.Ordinal);
        Assert.Contains("ONEDNN_MAX_CPU_ISA=AVX", reason, StringComparison.Ordinal);
    }
}
