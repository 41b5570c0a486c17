using System.Collections.Immutable;
using DistributedFreeze.Advice;
using DistributedFreeze.Data;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Advice;

public sealed class DepthProbeTests
{
    private const int Told = 5;

    private readonly Blocks _blocks = new(LayerTable.For(NetworkGraph.KerasV1));

    [Fact]
    public void ABlockThatTellsTheClassesApart_IsSeenToDoSo_OnAnyNumberOfThreads()
    {
        var images = LabelledImages.Of(20, 20);
        var records = images.Select(Record).ToList();

        var one = Probe(records, images, threads: 1);
        var two = Probe(records, images, threads: 2);

        Assert.Equal(one, two);
        Assert.Equal(_blocks.Layers.Select(layer => layer.Name).Append("all blocks"), one.Select(depth => depth.Name));
        Assert.Equal(15_168, one[^1].Features);
        Assert.Equal(1, one[Told].Accuracy);
        Assert.All(one.SkipLast(1).Where((_, i) => i != Told), depth => Assert.InRange(depth.Accuracy, 0.2, 0.8));
        Assert.True(one[Told].Loss < 0.1 && one[0].Loss > 0.5, $"{one[Told]} {one[0]}");
    }

    [Theory]
    [InlineData(8, 4)] // fewer than 5 of each class
    [InlineData(20, 1100)]
    public void WhereTooFewImagesAreOfAClass_NothingIsProbed(int images, int classes)
    {
        var few = LabelledImages.Of(images);

        Assert.Equal(0, new DepthProbe([.. few.Select(Record)], few, classes, _blocks, seed: 1).Parts);
    }

    [Fact]
    public void WithManyClasses_AllBlocksTogetherAreLeftOut()
    {
        var images = LabelledImages.Of(1_000);

        Assert.Equal(5 * 17, new DepthProbe([], images, classes: 150, _blocks, seed: 1).Parts);
        Assert.Equal(5 * 18, new DepthProbe([], images, classes: 100, _blocks, seed: 1).Parts);
    }

    [Fact]
    public void TheBlocksOfTheBase_HaveTheirPlacesSideBySide()
    {
        Assert.Equal(17, _blocks.Layers.Length);
        Assert.Equal(["pool1_pool", "conv2_block1_out", "conv5_block3_out"], [_blocks.Layers[0].Name, _blocks.Layers[1].Name, _blocks.Layers[^1].Name]);
        Assert.Equal((15_168 - 2_048, 2_048), _blocks.Places[^1]);
    }

    private ImmutableArray<DepthScore> Probe(IReadOnlyList<float[]> records, List<LabelledImage> images, int threads)
    {
        var parts = 0;
        var probe = new DepthProbe(records, images, classes: 2, _blocks, seed: 1);
        var depths = probe.Run(threads, () => Interlocked.Increment(ref parts), TestContext.Current.CancellationToken);
        Assert.Equal(probe.Parts, parts);
        return depths;
    }

    /// <summary>Noise everywhere but in one block, where every channel is larger for one class.</summary>
    private float[] Record(LabelledImage image)
    {
        var random = new KeyedRandom(1, "record", image.Index);
        float[] record = [.. Enumerable.Range(0, _blocks.Channels).Select(_ => random.NextSingle())];
        var (offset, channels) = _blocks.Places[Told];
        foreach (ref var value in record.AsSpan(offset, channels))
        {
            value += image.Class;
        }

        return record;
    }
}
