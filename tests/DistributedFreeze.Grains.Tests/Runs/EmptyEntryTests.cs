using DistributedFreeze.Grains.Tests.Clusters;

namespace DistributedFreeze.Grains.Tests.Runs;

/// <summary>A run that was listed, and of which nothing was stored: its silo died between the two.</summary>
public sealed class EmptyEntryTests(TestSilo silo)
{
    [Fact]
    public async Task ItIsTakenFromTheList_AndCountsNoMoreAgainstItsOwner()
    {
        var catalogue = silo.Client.GetGrain<ICatalogueGrain>(0);
        Assert.True(await catalogue.AddOwnedAsync("empty", "owner of the empty", 1));
        Assert.False(await catalogue.AddOwnedAsync("next", "owner of the empty", 1));

        await silo.Client.GetGrain<IRunGrain>("empty").KeepGoingAsync();

        Assert.DoesNotContain("empty", await catalogue.ListAsync(0, int.MaxValue));
        Assert.True(await catalogue.AddOwnedAsync("next", "owner of the empty", 1));
        await catalogue.RemoveAsync("next");
    }
}
