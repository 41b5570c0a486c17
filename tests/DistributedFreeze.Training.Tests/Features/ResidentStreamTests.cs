using System.Collections.Immutable;
using DistributedFreeze.Data;
using DistributedFreeze.Inference.Images;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Features;

/// <summary>The processor stands for the device: what is asked of host memory, and when, shows.</summary>
public sealed class ResidentStreamTests
{
    private const int Elements = 3;

    private readonly List<int> _asked = [];

    [Fact]
    public void WhatHasBeenTakenOnce_IsTakenFromTheDevice()
    {
        using var scope = NewDisposeScope();
        using var resident = Resident(images: 4);
        var images = Images(0, 1, 2, 3);
        using (var first = new ResidentStream(resident, images, view: 0, Elements))
        {
            Assert.False(first.IsWhole);
            Assert.Equal([0f, 0, 0, 10, 10, 10], Take(first, 0, 2));
            Assert.Equal([20f, 20, 20, 30, 30, 30], Take(first, 2, 2));
        }

        Assert.Equal([0, 1, 2, 3], _asked);
        using var second = new ResidentStream(resident, Images(2, 0, 1), view: 0, Elements);

        Assert.True(second.IsWhole);
        Assert.Equal([20f, 20, 20, 0, 0, 0], Take(second, 0, 2));
        Assert.Equal([10f, 10, 10], Take(second, 2, 1));
        Assert.Equal(4, _asked.Count);
    }

    [Fact]
    public void ABatch_IsPutTogetherInItsOwnOrder_FromBothMemories()
    {
        using var scope = NewDisposeScope();
        using var resident = Resident(images: 2);
        using (var first = new ResidentStream(resident, Images(5, 6), view: 0, Elements))
        {
            Take(first, 0, 2);
        }

        using var mixed = new ResidentStream(resident, Images(7, 6, 8, 5), view: 0, Elements);
        var (batch, found) = mixed.Take(0, 4, Read);

        Assert.Equal(2, found);
        Assert.Equal([0f, 0, 0, 10, 10, 10, 20, 20, 20, 0, 0, 0], (float[])[.. batch.Features.data<float>()]);
        Assert.Equal([0, 1, 0, 2], _asked);
        Assert.Equal(2, resident.Count); // there was room for two
    }

    [Fact]
    public void AnImageThatComesTwiceInABatch_IsKeptOnce()
    {
        using var scope = NewDisposeScope();
        using var resident = Resident(images: 4);
        using var stream = new ResidentStream(resident, Images(1, 1, 2), view: 0, Elements);

        stream.Take(0, 3, Read);

        Assert.Equal(2, resident.Count);
    }

    [Fact]
    public void AnotherView_IsAnotherRow()
    {
        using var scope = NewDisposeScope();
        using var resident = Resident(images: 4);
        using (var first = new ResidentStream(resident, Images(1), view: 1, Elements))
        {
            Take(first, 0, 1);
        }

        using var other = new ResidentStream(resident, Images(1), view: 2, Elements);

        Assert.False(other.IsWhole);
    }

    [Fact]
    public void Labels_AreThoseOfTheImages()
    {
        using var scope = NewDisposeScope();
        using var resident = Resident(images: 4);
        using var stream = new ResidentStream(resident, Images(3, 1, 2), view: 0, Elements);

        Assert.Equal([1L, 2], stream.Take(1, 2, Read).Batch.Labels.data<long>().ToArray());
    }

    [Fact]
    public void WithoutRoomForOneImage_NothingIsKept() => Assert.Null(ResidentFeatures.For(budget: 11, most: 4, Elements, CPU));

    private static ResidentFeatures Resident(int images) => ResidentFeatures.For(long.MaxValue, images, Elements, CPU)!;

    /// <summary>Images by number, which is their content and their class.</summary>
    private static ImmutableArray<LabelledImage> Images(params int[] numbers) =>
        [.. numbers.Select((number, i) => new LabelledImage(i, $"{number}.png", number, Length: 1, ImageHash.Of([(byte)number])))];

    /// <summary>Ten times the place, in all elements.</summary>
    private void Read(int place, Span<float> destination)
    {
        _asked.Add(place);
        destination.Fill(10 * place);
    }

    private float[] Take(ResidentStream stream, int first, int count) => [.. stream.Take(first, count, Read).Batch.Features.data<float>()];
}
