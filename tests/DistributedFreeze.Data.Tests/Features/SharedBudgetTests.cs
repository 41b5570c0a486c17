using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Features;

/// <summary>The memory of features is one budget per silo, whatever runs ask.</summary>
public sealed class SharedBudgetTests
{
    private const long Budget = 1 << 20;
    private const int Elements = 1024;

    [Fact]
    public void Runs_TakeNoMoreTogetherThanTheSilosBudget()
    {
        using var stores = new FeatureStores(Budget);
        using var one = Open(stores, asked: long.MaxValue / 2, "one");
        using var other = Open(stores, asked: Budget - 1, "other");

        Fill(one, 0);
        Fill(other, 1);

        Assert.InRange(stores.MemoryTaken, Budget - (16 << 10), Budget);
        Assert.Equal(stores.MemoryTaken, stores.All.Sum(store => store.MemoryTaken));
        Assert.Equal(2, stores.All.Length);
    }

    [Fact]
    public void ARun_GetsTheMemoryThatAnotherHasLeft_OfWhicheverStore()
    {
        using var stores = new FeatureStores(Budget);
        using (var ended = Open(stores, asked: long.MaxValue / 2, "ended"))
        {
            Fill(ended, 0);
        }

        using var next = Open(stores, asked: Budget - 1, "next");
        Fill(next, 1);

        Assert.True(next.Contains(Image(1, 0)));
        Assert.InRange(stores.MemoryTaken, 1, Budget);
    }

    [Fact]
    public void ARunThatAsksForLess_TakesLess()
    {
        using var stores = new FeatureStores(Budget);
        using var set = Open(stores, asked: 64 << 10, "small");

        Fill(set, 0);

        Assert.InRange(stores.MemoryTaken, 1, 64 << 10);
    }

    private static void Fill(FeatureSet set, int run)
    {
        for (var image = 0; image < 2 * Budget / (Elements * sizeof(float)); image++)
        {
            set.Write(Image(run, image), new float[Elements]);
        }
    }

    private static ImageHash Image(int run, int image) => ImageHash.Of(BitConverter.GetBytes(((long)run << 32) + image));

    private static FeatureSet Open(FeatureStores stores, long asked, string name) =>
        stores.Get(new FeatureSpec { DiskBytes = 0, MemoryBytes = asked }).Open(SmallSet.Key(name), Elements, FeatureType.Fp32);
}
