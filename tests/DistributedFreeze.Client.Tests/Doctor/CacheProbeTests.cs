using DistributedFreeze.Cli.Doctor;

namespace DistributedFreeze.Client.Tests.Doctor;

public sealed class CacheProbeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void WhatIsInTheFolder_IsCounted()
    {
        Directory.CreateDirectory(_folder.In("sets"));
        File.WriteAllBytes(_folder.In(Path.Combine("sets", "a")), new byte[1000]);
        File.WriteAllBytes(_folder.In("b"), new byte[234]);

        var cache = CacheProbe.Look(_folder.Path);

        Assert.Equal((_folder.Path, 1234, true), (cache.Folder, cache.Bytes, cache.FreeBytes > 0));
    }

    [Fact]
    public void AFolderThatIsNotThereYet_IsFine()
    {
        var cache = CacheProbe.Look(_folder.In(Path.Combine("not", "yet")));

        Assert.Equal((0, true), (cache.Bytes, cache.FreeBytes > 0));
        Assert.False(Directory.Exists(_folder.In("not")));
    }

    [Fact]
    public void AFileInItsPlace_IsSaid()
    {
        var file = _folder.Write("file", "");

        var finding = Assert.Single(CacheProbe.FindingsOf(CacheProbe.Look(file)));

        Assert.Equal($"cache: {file} cannot be a folder for cached features: it is a file. Name another folder with DFREEZE_CACHE.", finding.ToString());
        Assert.False(finding.Stops);
    }

    [Fact]
    public void AFullDisk_IsSaid() => Assert.Contains(
        "1.0 kB left. Make room (dfreeze cache prune)", Assert.Single(CacheProbe.FindingsOf(new(_folder.Path, 0, FreeBytes: 1000))).ToString(), StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();
}
