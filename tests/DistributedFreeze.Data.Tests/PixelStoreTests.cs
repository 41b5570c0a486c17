using System.Collections.Concurrent;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data;

public sealed class PixelStoreTests
{
    private readonly CountedPixels _source = new();

    [Fact]
    public void Read_DecodesAnImageOnce()
    {
        var store = new PixelStore(_source, budget: 1000);

        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], Read(store, "a"));
        Assert.Equal(Read(store, "a"), Read(store, "a"));

        Assert.Equal(1, _source.Reads["a"]);
        Assert.Equal((1, 12L), (store.Count, store.Bytes));
    }

    [Fact]
    public void Read_KeepsNoMoreThanTheBudget_AndStillGivesTheRest()
    {
        var store = new PixelStore(_source, budget: 2 * 12);
        string[] paths = ["a", "bb", "ccc"];
        foreach (var path in paths.Concat(paths))
        {
            Assert.Equal(path.Length, Read(store, path)[0]);
        }

        Assert.Equal([1, 1, 2], paths.Select(p => _source.Reads[p]));
        Assert.Equal((2, 24L), (store.Count, store.Bytes));
    }

    [Fact]
    public void Read_HandsOutCopies()
    {
        var store = new PixelStore(_source, budget: 1000);
        Read(store, "a").AsSpan().Clear();
        Read(store, "a").AsSpan().Clear();

        Assert.Equal(1, Read(store, "a")[0]);
    }

    [Fact]
    public void Keep_SparesTheDecoding_AsFarAsThereIsRoom()
    {
        var store = new PixelStore(_source, budget: 12);
        Assert.True(store.HasRoom);
        store.Keep("a", [.. Enumerable.Repeat((byte)7, 12)]);
        store.Keep("bb", [.. Enumerable.Repeat((byte)8, 12)]);

        Assert.False(store.HasRoom);
        Assert.Equal((7, 2), (Read(store, "a")[0], Read(store, "bb")[0]));
        Assert.False(_source.Reads.ContainsKey("a"));
    }

    [Fact]
    public void Read_StoresNothingOfAnImageThatFails()
    {
        var store = new PixelStore(_source, budget: 1000);

        Assert.Throws<InvalidDataException>(() => Read(store, ""));
        Assert.Throws<InvalidDataException>(() => Read(store, ""));
        Assert.Throws<ArgumentOutOfRangeException>(() => store.Read("a", new byte[5]));

        Assert.Equal((0, 0L), (store.Count, store.Bytes));
    }

    [Fact]
    public void Read_KeepsCountWhenThreadsMissTheSameImages()
    {
        var store = new PixelStore(_source, budget: 50 * 12);
        using var start = new Barrier(4);
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            start.SignalAndWait();
            for (var i = 1; i <= 100; i++)
            {
                Read(store, new string('x', i));
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        Assert.Equal((50, 600L), (store.Count, store.Bytes));
    }

    [Fact]
    public void WhatAFileMustHold_IsSaidWhereItIsRead_AndOnlyThere()
    {
        var pixels = new CountedPixels();
        var store = new PixelStore(pixels, budget: 12);
        var rgb = new byte[12];

        store.Read("a", ImageHash.Of([1]), rgb);
        store.Read("a", ImageHash.Of([2]), rgb); // kept: nobody reads the file

        Assert.Equal(ImageHash.Of([1]), Assert.Single(pixels.Expected));
        Assert.True(store.CanHold(1));
        Assert.False(store.CanHold(2));
    }

    private static byte[] Read(PixelStore store, string path)
    {
        var rgb = new byte[12];
        store.Read(path, rgb);
        return rgb;
    }

    /// <summary>An image is filled with the length of its path.</summary>
    private sealed class CountedPixels : IPixelSource
    {
        public int Size => 2;

        public ConcurrentDictionary<string, int> Reads { get; } = [];

        public void Read(ImageContent image, ImageHash expected, Span<byte> rgb)
        {
            Expected.Add(expected);
            Read(image, rgb);
        }

        public ConcurrentBag<ImageHash> Expected { get; } = [];

        public void Read(ImageContent image, Span<byte> rgb)
        {
            var path = image.Path;
            if (path.Length == 0)
            {
                rgb.Fill(9);
                throw new InvalidDataException();
            }

            ArgumentOutOfRangeException.ThrowIfNotEqual(rgb.Length, 12);
            Reads.AddOrUpdate(path, 1, (_, count) => count + 1);
            rgb.Fill((byte)path.Length);
        }
    }
}
