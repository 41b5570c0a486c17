using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Grains.Tests.Clusters;

namespace DistributedFreeze.Grains.Tests.Runs;

/// <summary>Law 2: one mask everywhere.</summary>
[Slow]
public sealed class MaskTests(TestSilo silo) : IDisposable
{
    private readonly SmallestRuns _runs = new();

    [Fact]
    public async Task AReplicaWithAnotherMask_RefusesThePhase()
    {
        var spec = _runs.Spec("out", replicas: 1);
        var table = LayerTable.For(spec.Model);
        var mask = FreezePolicyResolver.Resolve(spec.Phases[0].Freeze, table, "phases[0].freeze");
        var other = FreezePolicyResolver.Resolve(spec.Phases[1].Freeze, table, "phases[1].freeze");
        var replica = silo.Client.GetGrain<IReplicaGrain>(silo.LastDevice);
        await replica.PrepareAsync(new() { RunId = "masks", Spec = spec });
        await replica.JoinAsync(new() { Generation = 1, Member = 0, Members = [new("here", null, [0, 1, 2, 3])], Key = [] });

        var refused = await Assert.ThrowsAsync<MaskMismatchException>(
            () => replica.BeginPhaseAsync(new() { Generation = 1, Phase = 0, MaskVersion = 1, MaskHash = other.Hash }));
        Assert.Contains(other.Hash[..12], refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<MaskMismatchException>(
            () => replica.BeginPhaseAsync(new() { Generation = 1, Phase = 0, MaskVersion = 2, MaskHash = mask.Hash }));

        var held = await replica.BeginPhaseAsync(new() { Generation = 1, Phase = 0, MaskVersion = 1, MaskHash = mask.Hash });
        Assert.Equal((1, mask.Hash), (held.MaskVersion, held.MaskHash));
        await replica.ReleaseAsync();
    }

    public void Dispose() => _runs.Dispose();
}
