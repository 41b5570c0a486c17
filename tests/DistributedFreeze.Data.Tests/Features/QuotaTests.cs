namespace DistributedFreeze.Data.Features;

public sealed class QuotaTests : IDisposable
{
    private const long Quota = 60_000;
    private readonly TemporaryFolder _folder = new();
    private readonly ManualClock _clock = new(new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WhatOneStoreWrites_NeverExceedsTheQuota()
    {
        using var store = SmallSet.Store(_folder.Path, disk: Quota);
        using var first = store.Open("first");
        using var second = store.Open("second");

        var kept = Enumerable.Range(0, 500).Count(number => (number % 2 == 0 ? first : second).Write(number));

        Assert.InRange(kept, 150, 499);
        Assert.InRange(SmallSet.BytesIn(_folder.Path), Quota * 9 / 10, Quota);
        Assert.Equal(kept, first.Read(500).Length + second.Read(500).Length);
        Assert.Null(store.DiskProblem);
    }

    [Fact]
    public void TheLeastRecentlyUsedSet_MakesRoom()
    {
        foreach (var boundary in (string[])["a", "b", "c"])
        {
            SmallSet.Fill(_folder.Path, 40, boundary, _clock);
            _clock.Advance(TimeSpan.FromHours(1));
        }

        using var store = SmallSet.Store(_folder.Path, disk: Quota, time: _clock);
        using (store.Open("a"))
        {
        }

        _clock.Advance(TimeSpan.FromHours(1));
        using var set = store.Open("d");
        Assert.All(Enumerable.Range(0, 40), number => Assert.True(set.Write(number)));

        Assert.Equal(["a", "c", "d"], Boundaries());
    }

    [Fact]
    public void ASetThatIsOpenAnywhere_IsNeverRemoved()
    {
        SmallSet.Fill(_folder.Path, 40, "old", _clock);
        _clock.Advance(TimeSpan.FromHours(1));
        SmallSet.Fill(_folder.Path, 40, "young", _clock);
        _clock.Advance(TimeSpan.FromHours(1));
        using var other = SmallSet.Store(_folder.Path, time: _clock);
        var old = other.Open("old");
        using var store = SmallSet.Store(_folder.Path, disk: Quota * 2 / 3, time: _clock);
        using var young = store.Open("young");
        using var set = store.Open("new");

        Assert.False(set.Write(0));
        Assert.Equal(40, old.Read(41).Length);
        Assert.Equal(40, young.Read(41).Length);

        old.Dispose();
        Assert.True(set.Write(0));
        Assert.Equal(["new", "young"], Boundaries());
    }

    [Fact]
    public void WhatIsNotOurs_IsNeverRemoved()
    {
        SmallSet.Fill(_folder.Path, 200, "old", _clock);
        var folder = Path.Combine(_folder.Path, SmallSet.Key("old").Sha256[..2], SmallSet.Key("old").Sha256);
        var note = Path.Combine(folder, "note.txt");
        File.WriteAllText(note, "mine");
        var stranger = Directory.CreateDirectory(Path.Combine(_folder.Path, "ab", new string('a', 64)));
        var data = Path.Combine(stranger.FullName, "0000.features");
        File.WriteAllText(data, "mine, too");
        using var store = SmallSet.Store(_folder.Path, disk: Quota * 2 / 3, time: _clock);
        using var set = store.Open("new");

        Assert.True(set.Write(0));

        Assert.Equal(["new"], Boundaries());
        Assert.Equal("mine", File.ReadAllText(note));
        Assert.Equal("mine, too", File.ReadAllText(data));
    }

    [Fact]
    public void AWriter_FindsRoomInMemoryWhereTheDiskHasNone()
    {
        using var store = SmallSet.Store(_folder.Path, memory: 1 << 20, disk: 1);
        using var set = store.Open();

        Assert.True(set.Write(0));
        Assert.Equal([0], set.Read(2));
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.features", SearchOption.AllDirectories));
    }

    private IEnumerable<string> Boundaries() =>
        new FeatureDirectory(_folder.Path).List().Select(set => set.Parts["boundary"]).Order(StringComparer.Ordinal);
}
