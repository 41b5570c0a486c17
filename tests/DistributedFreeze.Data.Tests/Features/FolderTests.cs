using DistributedFreeze.Data.Indexes;

namespace DistributedFreeze.Data.Features;

public sealed class FolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AFolderThatCannotBeMade_LeavesTheMemory()
    {
        File.WriteAllText(_folder.In("file"), "");
        using var store = SmallSet.Store(_folder.In("file/cache"), memory: 1 << 20);
        using var set = store.Open();

        Assert.True(set.Write(0));
        Assert.Equal([0], set.Read(2));
        using var claim = set.TryClaim(SmallSet.Image(1));
        Assert.NotNull(claim);
        Assert.StartsWith(_folder.In("file/cache"), store.DiskProblem, StringComparison.Ordinal);
    }

    [Fact]
    public void ASetThatCannotBeMade_EndsWriting()
    {
        using var store = SmallSet.Store(_folder.Path, memory: 1 << 20);
        File.WriteAllText(_folder.In(SmallSet.Key().Sha256[..2]), "in the way");
        using var set = store.Open();

        Assert.True(set.Write(0));
        Assert.Equal([0], set.Read(2));
        Assert.NotNull(store.DiskProblem);
    }

    [Fact]
    public void AHealthyFolder_IsListedAndFoundWhole()
    {
        var clock = new ManualClock(new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        SmallSet.Fill(_folder.Path, 3, "first", clock);
        clock.Advance(TimeSpan.FromDays(1));
        SmallSet.Fill(_folder.Path, 100, "second", clock);
        Directory.CreateDirectory(_folder.In(IndexFile.FolderName));
        var directory = new FeatureDirectory(_folder.Path);

        var sets = directory.List();

        Assert.Equal(["first", "second"], sets.Select(set => set.Parts["boundary"]));
        Assert.Equal([3, 100], sets.Select(set => set.Images));
        Assert.Equal(SmallSet.BytesIn(_folder.Path), sets.Sum(set => set.Bytes));
        Assert.Equal(clock.GetUtcNow(), sets[1].LastUse);
        Assert.Empty(directory.Verify(TestContext.Current.CancellationToken));
        Assert.Empty(new FeatureDirectory(_folder.In("none")).List());
        Assert.Empty(new FeatureDirectory(_folder.In("none")).Verify(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Verify_NamesWhatIsDamagedTornAndForeign()
    {
        const int Payload = SmallSet.Elements * sizeof(float);
        foreach (var boundary in (string[])["damaged", "torn", "foreign"])
        {
            SmallSet.Fill(_folder.Path, 10, boundary);
        }

        var bytes = File.ReadAllBytes(Segment("damaged"));
        bytes[8192 + (3 * Payload)] ^= 1;
        bytes[4096 + (5 * 64)] ^= 1;
        SmallSet.Overwrite(Segment("damaged"), bytes);
        SmallSet.Cut(Segment("torn"), 8192 + (8 * Payload) + 1);
        SmallSet.Overwrite(Segment("foreign"), new byte[9000]);
        File.WriteAllText(_folder.In("note.txt"), "");

        var faults = new FeatureDirectory(_folder.Path).Verify(TestContext.Current.CancellationToken)
            .ToDictionary(fault => fault.File, fault => (fault.Kind, fault.Records));

        Assert.Equal(4, faults.Count);
        Assert.Equal((FeatureFaultKind.Damaged, 2), faults[Segment("damaged")]);
        Assert.Equal((FeatureFaultKind.Torn, 1), faults[Segment("torn")]);
        Assert.Equal((FeatureFaultKind.Foreign, 0), faults[Segment("foreign")]);
        Assert.Equal((FeatureFaultKind.Foreign, 0), faults[_folder.In("note.txt")]);
    }

    [Fact]
    public void AHoleOfManyTerabytes_HoldsNobodyUp()
    {
        const long Length = 1L << 43;
        SmallSet.Fill(_folder.Path, 10, "sparse");
        using (var file = new FileStream(Segment("sparse"), FileMode.Open))
        {
            try
            {
                file.SetLength(Length);
            }
            catch (IOException)
            {
                Assert.Skip("The file system has no files of 8 TB.");
            }
        }

        var fault = Assert.Single(new FeatureDirectory(_folder.Path).Verify(TestContext.Current.CancellationToken));

        Assert.Equal((Segment("sparse"), FeatureFaultKind.Torn), (fault.File, fault.Kind));
    }

    [Fact]
    public void ASetInUse_IsNotRemoved()
    {
        var store = SmallSet.Store(_folder.Path);
        store.Open().Write(1);
        var directory = new FeatureDirectory(_folder.Path);
        var stored = Assert.Single(directory.List());

        Assert.False(directory.TryRemove(stored, out _));
        store.Dispose();
        Assert.True(directory.TryRemove(stored, out var freed));

        Assert.Equal(stored.Bytes, freed);
        Assert.Empty(directory.List());
    }

    [Fact]
    public void TheDefaultFolder_IsNamedByTheEnvironment()
    {
        Assert.Equal("/there", Default(("DFREEZE_CACHE", "/there"), ("XDG_CACHE_HOME", "/cache"), ("HOME", "/home/me")));
        Assert.Equal("/cache/dfreeze/features", Default(("DFREEZE_CACHE", ""), ("XDG_CACHE_HOME", "/cache"), ("HOME", "/home/me")));
        Assert.Equal("/home/me/.cache/dfreeze/features", Default(("XDG_CACHE_HOME", "relative"), ("HOME", "/home/me")));
        Assert.Equal("/home/me/.cache/dfreeze/features", Default(("HOME", "/home/me")));

        static string Default(params (string Name, string Value)[] variables) => FeatureDirectory
            .DefaultOf(name => variables.FirstOrDefault(variable => variable.Name == name).Value)
            .Replace('\\', '/');
    }

    private string Segment(string boundary) =>
        Path.Combine(_folder.Path, SmallSet.Key(boundary).Sha256[..2], SmallSet.Key(boundary).Sha256, "0000.features");
}
