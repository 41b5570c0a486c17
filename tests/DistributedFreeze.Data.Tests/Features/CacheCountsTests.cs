namespace DistributedFreeze.Data.Features;

/// <summary>What a store says of the room that it needs and makes.</summary>
public sealed class CacheCountsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualClock _clock = new(new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ASetThatMakesRoomOnDisk_IsAnEviction()
    {
        SmallSet.Fill(_folder.Path, 40, "old", _clock);
        using var store = SmallSet.Store(_folder.Path, disk: SmallSet.BytesIn(_folder.Path) * 3 / 2, time: _clock);
        using var set = store.Open("new");
        Assert.Equal(0, store.Counts.DiskEvictions);

        Assert.All(Enumerable.Range(0, 40), number => Assert.True(set.Write(number)));

        Assert.Equal((1, 0), (store.Counts.DiskEvictions, store.Counts.MemoryEvictions));
    }

    [Fact]
    public void ASetWhoseMemoryIsGivenToAnother_IsAnEviction()
    {
        using var store = SmallSet.Store(directory: null, memory: 20_000);
        using (var old = store.Open("old"))
        {
            Assert.True(old.Write(0));
        }

        using var set = store.Open("new");
        var written = 0;
        while (set.Write(written))
        {
            written++;
        }

        Assert.InRange(written, 50, 200);
        Assert.Equal((0, 1), (store.Counts.DiskEvictions, store.Counts.MemoryEvictions));
    }

    [Fact]
    public void BytesOnDisk_AreThoseOfEverybodysSets()
    {
        using var store = SmallSet.Store(_folder.Path);
        Assert.Equal(0, store.CountDisk());
        SmallSet.Fill(_folder.Path, 40, "one", _clock);
        SmallSet.Fill(_folder.Path, 20, "other", _clock);
        using var kept = store.Open("one");

        var sets = Directory.GetDirectories(_folder.Path).Sum(SmallSet.BytesIn);

        Assert.True(sets > 60 * SmallSet.Elements * sizeof(float));
        Assert.Equal(sets, store.CountDisk());
    }

    [Fact]
    public void AStoreInMemory_TakesNothingOnDisk()
    {
        using var store = SmallSet.Store(directory: null, memory: 1 << 20);

        Assert.Equal(0, store.CountDisk());
    }
}
