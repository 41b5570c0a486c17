using System.Security.Cryptography;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Features;

public sealed class ReadAheadTests : IDisposable
{
    private const int Elements = 16;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WhatIsOnDiskOnly_ComesToMemoryBeforeItIsAskedFor_AndNoFurtherThanTheLead()
    {
        var images = Images(ReadAhead.Lead + 40);
        Fill(images);
        using var store = Store(memory: 1 << 20);
        using var set = store.Open(Key, Elements, FeatureType.Fp32);
        Assert.All(images, image => Assert.True(set.IsOnDiskOnly(image.Hash)));

        using (var ahead = ReadAhead.For(set, images)!)
        {
            SpinWait.SpinUntil(() => !set.IsOnDiskOnly(images[ReadAhead.Lead].Hash));
            Assert.True(set.IsOnDiskOnly(images[ReadAhead.Lead + 1].Hash));

            ahead.Reached(39);
            SpinWait.SpinUntil(() => !set.IsOnDiskOnly(images[^1].Hash));
        }
    }

    [Fact]
    public void WhatIsInMemory_NeedsNoReadingAhead()
    {
        using var store = Store(memory: 1 << 20);
        using var set = store.Open(Key, Elements, FeatureType.Fp32);
        var images = Images(3);
        Assert.All(images, image => Assert.True(set.Write(image.Hash, new float[Elements])));

        Assert.Null(ReadAhead.For(set, images));
        Assert.Null(ReadAhead.For(null, images));
    }

    private static FeatureSetKey Key => FeatureSetKey.Of([new("boundary", "avg_pool")]);

    private static List<LabelledImage> Images(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new LabelledImage(i, $"{i}.png", 0, 1, new(SHA256.HashData(BitConverter.GetBytes(i)))))];

    private void Fill(List<LabelledImage> images)
    {
        using var store = Store(memory: 0);
        using var set = store.Open(Key, Elements, FeatureType.Fp32);
        Assert.All(images, image => Assert.True(set.Write(image.Hash, new float[Elements])));
    }

    private FeatureStore Store(long memory) => new(new() { Directory = _folder.Path, MemoryBytes = memory });
}
