using DistributedFreeze.Errors;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>Whose orders a replica takes.</summary>
[Slow]
public sealed class ReplicaOrdersTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>
{
    [Fact]
    public async Task AReplicaOfANewerGroup_TakesNoOrderOfAnOlderOne()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var spec = undisturbed.NewSpec();
        await using var replica = new LocalReplica(undisturbed.Workspaces, new SharedExchanges());
        await replica.PrepareAsync(new() { RunId = LocalRun.RunId, Spec = spec }, cancellationToken);
        var group = Groups.Of([0, 1, 2, 3]);
        await replica.JoinAsync(group with { Generation = 3 }, cancellationToken);

        await Assert.ThrowsAsync<StaleOrderException>(() => replica.JoinAsync(group with { Generation = 2 }, cancellationToken));
        await Assert.ThrowsAsync<StaleOrderException>(() => replica.BeginPhaseAsync(
            new() { Generation = 2, Phase = 0, MaskVersion = 1, MaskHash = undisturbed.Receipt.Phases[0].MaskHash }, cancellationToken));
        await Assert.ThrowsAsync<StaleOrderException>(() => replica.SaveCheckpointAsync(new(spec.Output, "{}", 2), cancellationToken));
    }

    [Fact]
    public async Task ADeviceOfAnotherRun_IsBusy()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var spec = undisturbed.NewSpec();
        await using var replica = new LocalReplica(undisturbed.Workspaces, new SharedExchanges());
        await replica.PrepareAsync(new() { RunId = LocalRun.RunId, Spec = spec }, cancellationToken);

        var busy = await Assert.ThrowsAsync<DeviceBusyException>(() => replica.PrepareAsync(new() { RunId = "other", Spec = spec }, cancellationToken));

        Assert.Contains(LocalRun.RunId, busy.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADeviceOnWhichNothingCouldBeLoaded_IsFree()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var spec = undisturbed.NewSpec();
        await using var replica = new LocalReplica(undisturbed.Workspaces, new SharedExchanges());

        await Assert.ThrowsAsync<InvalidInputException>(() => replica.PrepareAsync(
            new() { RunId = "bad", Spec = spec with { Data = spec.Data with { Path = "/nowhere" } } }, cancellationToken));

        Assert.Null(replica.RunId);
        await replica.PrepareAsync(new() { RunId = LocalRun.RunId, Spec = spec }, cancellationToken);
    }
}
