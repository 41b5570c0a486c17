using DistributedFreeze.Cli.Train;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Progress;

public sealed class RunEventTextTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.FromHours(2));

    private static readonly SiloPlace Two = new("10.0.0.2:1@2", "node-2");

    public static TheoryData<RunEvent, string> Events => new()
    {
        { new RunEvent.Queued(2), "waiting for devices, number 2 in the queue" },
        { new RunEvent.Queued(0), "waiting for devices" },
        { new RunEvent.Prepared(2, 1200, 30, 40, ["a", "b"], ["one", "two\nlines"]), "1,200 images to train on, 30 to validate, 40 to test; 2 classes; 2 replicas; warning: one; warning: two lines" },
        { new RunEvent.PhaseStarted(0, 2, 5, "hash", "avg_pool", 8196, 23_587_712, 32_784), "phase 1/2: 8,196 parameters train after avg_pool, 23,587,712 are frozen" },
        { new RunEvent.WindowDone(1, 2, 3, 10, 0.53219, 0.875, 123.4, null), "phase 2 epoch 3 step 3/10: loss 0.5322, accuracy 87.5 %; 123 images/s" },
        { new RunEvent.EpochDone(new() { Phase = 0, Epoch = 0, TrainLoss = 123_456, TrainAccuracy = 0.25, Seconds = 2.5, ImagesPerSecond = 9 }), "phase 1 epoch 1 done: loss 1.2E+005, accuracy 25.0 %; 2.5 s" },
        { new RunEvent.PhaseDone(0, 30, 29, EndedEarly: false), "phase 1 done after epoch 30: keeps epoch 30" },
        {
            new RunEvent.PhaseDone(1, 12, 6, EndedEarly: true) { ValidationLoss = 0.25, ValidationAccuracy = 0.9 },
            "phase 2 done after epoch 12, early, since its patience ran out: keeps epoch 7, validation 0.2500, 90.0 %"
        },
        { new RunEvent.CheckpointWritten("/out/checkpoint.safetensors"), "checkpoint written: /out/checkpoint.safetensors" },
        { new RunEvent.ReplicaLost("S127.0.0.1:1:2/cpu:0", "its silo\nis gone"), "cpu:0 of S127.0.0.1:1:2 was lost, and the run goes on without it: its silo is gone" },
        { new RunEvent.ReplicaLost("10.0.0.1:1@2/cpu:0", "gone") { Host = "node-1" }, "cpu:0 of node-1 (10.0.0.1:1@2) was lost, and the run goes on without it: gone" },
        { new RunEvent.Regrouped(2, ["s/cpu:0", "s/cpu:1"], ["s/cpu:1"], ["t/cpu:0"]), "goes on with 2 replicas; joined: cpu:1 of s; left: cpu:0 of t" },
        {
            new RunEvent.Regrouped(2, ["s/cpu:0"], [], []) { OtherClass = "cpu x64-avx2", ClassBefore = "cpu x64-avx512" },
            "goes on with 1 replica on cpu x64-avx2; so far it was on cpu x64-avx512, so that its result has other low bits than on one class alone"
        },
        { new RunEvent.PickedUp(0, 1, 7, "replicas"), "another coordinator goes on from where the replicas are: phase 1 epoch 2 step 7" },
        { new RunEvent.PickedUp(0, 1, 7, "replicas") { By = Two }, "another coordinator goes on from where the replicas are: phase 1 epoch 2 step 7; it is on node-2 (10.0.0.2:1@2)" },
        { new RunEvent.PickedUp(0, 1, 7, "left-behind"), "another coordinator goes on from a replica that an earlier group had left behind: phase 1 epoch 2 step 7" },
        { new RunEvent.PickedUp(0, 1, 7, "start") { By = Two, Before = new("10.0.0.1:1@2", null) }, "another coordinator goes on from the start: phase 1 epoch 2 step 7; it is on node-2 (10.0.0.2:1@2), the one before was on 10.0.0.1:1@2" },
        { new RunEvent.PickedUp(0, 1, 7, "replicas") { By = Two, Before = Two }, "another coordinator goes on from where the replicas are: phase 1 epoch 2 step 7; it is on node-2 (10.0.0.2:1@2), as the one before was" },
        {
            new RunEvent.StorageUnavailable("/runs/a/model.safetensors", 61_203_456, "No space left on device"),
            "stands still: /runs/a/model.safetensors, 61,203,456 bytes, cannot be written (No space left on device). The state is kept in memory; "
            + "make room or bring the folder back, and the run goes on"
        },
        { new RunEvent.SetBack(0, 1, 7, "checkpoint", "no replica is left"), "goes back to the newest checkpoint, phase 1 epoch 2 step 7: no replica is left" },
        { new RunEvent.Straggler("10.0.0.1:1@2/cuda:1", 4.23, "read") { Host = "node-1", MovesShards = true }, "cuda:1 of node-1 (10.0.0.1:1@2) takes 4.2 times as long as the others, who wait for it: its time goes into reading images and features; others take shards over" },
        { new RunEvent.Straggler("s/cpu:0", 3, "tail"), "cpu:0 of s takes 3.0 times as long as the others, who wait for it: its time goes into the layers that train" },
        { new RunEvent.PickedUp(0, 1, 7, "checkpoint"), "another coordinator goes on from the newest checkpoint: phase 1 epoch 2 step 7" },
        { new RunEvent.Paused(), "paused, with a checkpoint and without devices" },
        { new RunEvent.Resumed(), "resumed" },
        { new RunEvent.Ended(RunState.Succeeded, null, []), "succeeded" },
        { new RunEvent.Ended(RunState.Failed, "data.path: is\nmissing", [new Problem("data.path", "is missing")]), "failed: data.path: is missing" },
    };

    [Theory]
    [MemberData(nameof(Events), DisableDiscoveryEnumeration = true)]
    public void AnEvent_IsOneLine(RunEvent happened, string text) => Assert.Equal(text, RunEventText.Of(happened));

    [Fact]
    public void EveryKindOfEvent_HasWordsOfItsOwn() => Assert.Equal(
        typeof(RunEvent).GetNestedTypes().Order(Comparer<Type>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name))),
        Events.Select(row => row.Data.Item1.GetType()).Distinct().OrderBy(type => type.Name, StringComparer.Ordinal));

    [Fact]
    public void ALineOfTheLog_BeginsWithItsTimeInUtcAndItsNumber() => Assert.Equal(
        "2026-03-04 10:00:00Z    42  resumed", RunEventText.Line(new RunEvent.Resumed { Sequence = 42, At = Noon }));

    [Theory]
    [MemberData(nameof(Events), DisableDiscoveryEnumeration = true)]
    public void WhatChangesTheCourseOfARun_IsShownWhileItIsWatched(RunEvent happened, string text) => Assert.Equal(
        happened is RunEvent.Queued or RunEvent.StorageUnavailable or RunEvent.ReplicaLost or RunEvent.Regrouped or RunEvent.PickedUp or RunEvent.SetBack or RunEvent.Straggler or RunEvent.Paused or RunEvent.Resumed ? text : null,
        RunProgressText.Turn(happened));
}
