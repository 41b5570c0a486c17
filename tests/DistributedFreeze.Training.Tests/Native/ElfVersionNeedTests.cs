namespace DistributedFreeze.Training.Native;

public sealed class ElfVersionNeedTests
{
    private const string Version = "GLIBCXX_3.4.32";

    private static readonly Lazy<byte[]> Bridge = new(() => File.ReadAllBytes(LibTorchFolders.OfThisProcess().Find("libLibTorchSharp.so")));

    [Fact]
    public void MakeOptional_ChangesOneFlagOfTheRealBridge()
    {
        RequireLinux();
        var patched = ElfVersionNeed.MakeOptional(Bridge.Value, Version);

        Assert.Equal(Bridge.Value.Length, patched.Length);
        var changed = Assert.Single(Enumerable.Range(0, patched.Length), i => patched[i] != Bridge.Value[i]);
        Assert.Equal((0, 2), (Bridge.Value[changed], patched[changed]));
    }

    [Fact]
    public void MakeOptional_RefusesAVersionWhoseSymbolsAreUsed()
    {
        RequireLinux();
        var e = Assert.Throws<InvalidDataException>(() => ElfVersionNeed.MakeOptional(Bridge.Value, "GLIBCXX_3.4.21"));

        Assert.Contains("really uses", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MakeOptional_RefusesAVersionThatIsNotAskedFor()
    {
        RequireLinux();
        var e = Assert.Throws<InvalidDataException>(() => ElfVersionNeed.MakeOptional(Bridge.Value, "GLIBCXX_9.9"));

        Assert.Contains("GLIBCXX_9.9", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(200)]
    [InlineData(4096)]
    [InlineData(300_000)]
    [InlineData(1_900_000)]
    public void MakeOptional_RefusesALibraryCutShort(int length)
    {
        RequireLinux();
        Assert.Throws<InvalidDataException>(() => ElfVersionNeed.MakeOptional(Bridge.Value.AsSpan(0, length), Version));
    }

    [Fact]
    public void MakeOptional_RefusesGarbage()
    {
        var garbage = new byte[10_000];
        new Random(1).NextBytes(garbage);

        Assert.Throws<InvalidDataException>(() => ElfVersionNeed.MakeOptional(garbage, Version));
    }

    [Fact]
    public void MakeOptional_OnDamagedHeadersEndsWithItsOwnErrorOrACopy()
    {
        RequireLinux();
        var random = new Random(2);
        var refused = 0;
        for (var i = 0; i < 150; i++)
        {
            var damaged = (byte[])Bridge.Value.Clone();
            // The header and the segments, else the dynamic section, at the offset that readelf gives for TorchSharp 0.107.
            var start = i % 2 == 0 ? 16 : 0x1d4b18;
            for (var flips = 0; flips < 4; flips++)
            {
                damaged[start + random.Next(0x250)] ^= (byte)(1 << random.Next(8));
            }

            try
            {
                Assert.Equal(damaged.Length, ElfVersionNeed.MakeOptional(damaged, Version).Length);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 10, 150);
    }

    private static void RequireLinux() => Assert.SkipUnless(OperatingSystem.IsLinux(), "The library is Linux's.");
}
