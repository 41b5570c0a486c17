namespace DistributedFreeze.Training.Native;

public sealed class ElfSymbolsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void OfTheRealLibraries_SymbolsAreFoundAsTheLoaderFindsThem()
    {
        using var c10 = Open("libc10.so");
        using var bridge = Open("libLibTorchSharp.so");

        Assert.True(c10.Has("_ZN3c1011initLoggingEv"));
        Assert.False(c10.Has("_ZN3c1011initLoggingEw"));
        Assert.False(c10.Has("malloc")); // it needs that
        Assert.False(bridge.Has("_ZN3c1011initLoggingEv"));
        Assert.Contains("libtorch_cpu.so", bridge.Needed());
        Assert.All(bridge.Missing(), name => Assert.DoesNotContain("GLIBC", name, StringComparison.Ordinal));
        Assert.DoesNotContain("malloc", bridge.Missing()); // of a version
    }

    [Fact]
    public void OfADamagedLibrary_NothingWorseComesThanItsOwnError()
    {
        var bytes = File.ReadAllBytes(Path("libc10.so"));
        var (random, refused) = (new Random(3), 0);
        for (var i = 0; i < 100; i++)
        {
            var damaged = (byte[])bytes.Clone();
            for (var flips = 0; flips < 20; flips++)
            {
                damaged[random.Next(i % 2 == 0 ? 0x400 : damaged.Length)] ^= (byte)(1 << random.Next(8));
            }

            File.WriteAllBytes(_folder.In("libc10.so"), damaged);
            try
            {
                using var library = new ElfSymbols(_folder.In("libc10.so"));
                _ = library.Needed();
                _ = library.HasTable ? library.Missing().Count + (library.Has("_ZN3c1011initLoggingEv") ? 1 : 0) : 0;
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 10, 100);
    }

    [Fact]
    public void OfWhatIsNoLibrary_ItSaysSo() => Assert.Throws<InvalidDataException>(() => new ElfSymbols(_folder.Write("x", new string('x', 100))));

    public void Dispose() => _folder.Dispose();

    private static ElfSymbols Open(string library) => new(Path(library));

    private static string Path(string library)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The library is Linux's.");
        return LibTorchFolders.OfThisProcess().Find(library);
    }
}
