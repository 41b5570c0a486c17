using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Errors;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Replicas;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>Law 2: one mask everywhere, before a step runs.</summary>
[Slow]
public sealed class MaskAgreementTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task AReplica_RefusesAPhaseWithAnotherMask(int version, bool otherHash)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var spec = undisturbed.NewSpec();
        await using var replica = new LocalReplica(undisturbed.Workspaces, new SharedExchanges());
        await replica.PrepareAsync(new() { RunId = LocalRun.RunId, Spec = spec }, cancellationToken);
        await replica.JoinAsync(Groups.Of([0, 1, 2, 3]), cancellationToken);
        var own = undisturbed.Receipt.Phases[0].MaskHash;
        var order = new PhaseOrder { Generation = 1, Phase = 0, MaskVersion = version, MaskHash = otherHash ? undisturbed.Receipt.Phases[1].MaskHash : own };

        var refusal = await Assert.ThrowsAsync<MaskMismatchException>(() => replica.BeginPhaseAsync(order, cancellationToken));

        Assert.Contains(own[..12], refusal.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            replica.RunWindowAsync(new() { Phase = 0, Epoch = 0, FirstStep = 0, Steps = 1, Generation = 1 }, cancellationToken));
        Assert.Equal(
            own, (await replica.BeginPhaseAsync(order with { MaskVersion = 1, MaskHash = own }, cancellationToken)).MaskHash);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task TheDriver_RefusesAReplicaThatAcknowledgesAnotherMask_BeforeAStepOfThePhase(int phase)
    {
        var spec = undisturbed.NewSpec();
        var windows = new List<WindowOrder>();
        var begun = 0;

        var refusal = await Assert.ThrowsAsync<MaskMismatchException>(() => undisturbed.RunAsync(
            spec,
            2,
            wrap: (replica, member) => member == 0 ? replica : new WatchedReplica(replica)
            {
                Acknowledged = held => begun++ < phase ? held : held with { MaskHash = new('0', 64) },
                BeforeWindow = order =>
                {
                    windows.Add(order);
                    return Task.CompletedTask;
                },
            }));

        Assert.Contains("Replica 1", refusal.Message, StringComparison.Ordinal);
        Assert.All(windows, window => Assert.True(window.Phase < phase));
        Assert.False(File.Exists(new OutputFolder(spec.Output).Model));
    }

    [Fact]
    public async Task TheDriver_RefusesAReplicaThatAcknowledgesAnotherVersion()
    {
        var refusal = await Assert.ThrowsAsync<MaskMismatchException>(() => undisturbed.RunAsync(
            undisturbed.NewSpec(),
            2,
            wrap: (replica, _) => new WatchedReplica(replica) { Acknowledged = held => held with { MaskVersion = held.MaskVersion + 1 } }));

        Assert.Contains("acknowledged mask 2", refusal.Message, StringComparison.Ordinal);
    }
}
