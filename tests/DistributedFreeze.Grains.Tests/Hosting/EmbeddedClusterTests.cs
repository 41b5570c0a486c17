using DistributedFreeze.Client;
using DistributedFreeze.Grains.Tests.Runs;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Hosting;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Tests.Hosting;

[Slow]
public sealed class EmbeddedClusterTests : IDisposable
{
    private readonly SmallestRuns _runs = new();

    [Fact]
    public async Task TwoSilosInOneProcess_ShareNothing()
    {
        await using var left = await EmbeddedCluster.StartAsync(LogLevel.None, TestContext.Current.CancellationToken);
        await using var right = await EmbeddedCluster.StartAsync(LogLevel.None, TestContext.Current.CancellationToken);
        const string SameId = "same-id";

        // The same id at the same time: a shared workspace, exchange or store would mix the two.
        await left.Grains.GetGrain<IRunGrain>(SameId).StartAsync(new(_runs.Spec("left", replicas: 2), Resume: false));
        await right.Grains.GetGrain<IRunGrain>(SameId).StartAsync(new(_runs.Spec("right", replicas: 1) with { Seed = 9 }, Resume: false));
        var ends = await Task.WhenAll(RunEvents.EndAsync(left.Grains, SameId), RunEvents.EndAsync(right.Grains, SameId));

        Assert.All(ends, ended => Assert.Equal((RunState.Succeeded, null), (ended.State, ended.Reason)));
        var ofLeft = (await new DistributedFreezeClient(left.Grains).GetAsync(SameId, TestContext.Current.CancellationToken)).Receipt!;
        var ofRight = (await new DistributedFreezeClient(right.Grains).GetAsync(SameId, TestContext.Current.CancellationToken)).Receipt!;
        Assert.Equal((2, 1), (ofLeft.Replicas, ofRight.Replicas));
        Assert.NotEqual(ofLeft.BaseSha256, ofRight.BaseSha256);

        await left.Grains.GetGrain<ICatalogueGrain>(0).AddAsync("left alone");
        Assert.Equal([SameId], await right.Grains.GetGrain<ICatalogueGrain>(0).ListAsync(0, 1000));
    }

    public void Dispose() => _runs.Dispose();
}
