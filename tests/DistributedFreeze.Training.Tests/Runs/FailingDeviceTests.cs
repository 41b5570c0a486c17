using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>A device that fails joins again, and one that fails again and again is left out.</summary>
[Slow]
public sealed class FailingDeviceTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>
{
    [Fact]
    public async Task ADeviceThatFailsOnce_GivesUpItsStateAndJoinsAgain()
    {
        var failed = false;

        var spec = undisturbed.NewSpec();
        undisturbed.AssertSame(await undisturbed.RunAsync(spec, 2, wrap: (replica, member) => member != 1 ? replica : new WatchedReplica(replica)
        {
            BeforeWindow = order => !failed && (failed = order.FirstStep > 0) ? throw new ReplicaLostException("CUDA error") : Task.CompletedTask,
        }), spec, 2);

        Assert.True(failed);
    }

    [Fact]
    public async Task ADeviceThatAlwaysFails_EndsTheRunWithItsReason()
    {
        var error = await Assert.ThrowsAsync<RunFailedException>(() => undisturbed.RunAsync(
            undisturbed.NewSpec(), 2, wrap: (replica, _) => new WatchedReplica(replica) { BeforeWindow = _ => throw new ReplicaLostException("CUDA error") }));

        Assert.Contains("CUDA error", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADeviceThatFailsAfterEveryOtherWindow_DoesNotEndARunThatGoesOn()
    {
        var spec = undisturbed.NewSpec();
        var (windows, failures) = (0, 0);
        using var own = new UndisturbedRun.OwnWorkspace(
            spec with { Phases = [spec.Phases[0] with { Epochs = 12 * FailureBudget.MostFruitless }] }); // it may take windows until it has joined again
        var outcome = await own.RunAsync(
            2,
            wrap: (replica, member) => member == 0 ? replica : new WatchedReplica(replica)
            {
                WindowDone = report => ++windows % 2 == 1 ? report : throw new ReplicaLostException($"CUDA error {++failures}"),
            });

        Assert.Equal(RunState.Succeeded, outcome.State);
        Assert.True(failures > FailureBudget.MostFruitless, $"{failures}");
    }

    [Fact]
    public async Task ADeviceThatFailsAfterEveryWindow_IsLeftOut()
    {
        var spec = undisturbed.NewSpec();
        var failures = 0;
        using var own = new UndisturbedRun.OwnWorkspace(
            spec with { Phases = [spec.Phases[0] with { Epochs = 6 * FailureBudget.MostFruitless }] }); // it may take windows until it has joined again
        var outcome = await own.RunAsync(
            2,
            wrap: (replica, member) => member == 0 ? replica : new WatchedReplica(replica)
            {
                WindowDone = _ => throw new ReplicaLostException($"CUDA error {++failures}"),
            });

        Assert.Equal((RunState.Succeeded, 1), (outcome.State, outcome.Receipt!.Replicas));
        Assert.Equal(DeviceFailures.Most, failures);
    }

    [Fact]
    public async Task AHealthyDevice_PassesItsProbe() => Assert.Null(await DeviceProbe.FailureAsync("cpu:0"));
}
