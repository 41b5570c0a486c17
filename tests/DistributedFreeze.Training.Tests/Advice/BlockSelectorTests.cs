using DistributedFreeze.Advice;
using DistributedFreeze.Data;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Advice;

public sealed class BlockSelectorTests
{
    private const int One = 2;
    private const int Other = 5;

    private readonly Blocks _blocks = new(LayerTable.For(NetworkGraph.TorchvisionV15, ModelArchitecture.ResNet18));

    [Fact]
    public void BlocksThatTellTheClassesApartTogether_AreChosen_OnAnyNumberOfThreads()
    {
        var images = LabelledImages.Of(20, 20, 20);

        var one = Select(images, image => image.Class == 0, image => image.Class == 2, threads: 1);
        var two = Select(images, image => image.Class == 0, image => image.Class == 2, threads: 2);

        Assert.Equal(one, two);
        Assert.Equal([_blocks.Layers[One].Name, _blocks.Layers[Other].Name], one!.Layers);
        Assert.Equal(_blocks.Places[One].Channels + _blocks.Places[Other].Channels, one.Features);
        Assert.True(one.Score.Value > 0.9 && one.Gain is { IsDistinguishable: true, Low: > 0.3 }, $"{one}");
    }

    [Fact]
    public void WhereNoBlockTellsAnything_NoneIsDistinguishablyBetter()
    {
        var selection = Select(LabelledImages.Of(20, 20), _ => false, _ => false, threads: 2);

        Assert.False(selection?.Gain.IsDistinguishable ?? false, $"{selection}");
    }

    [Theory]
    [InlineData(5, 20, 2)]
    [InlineData(0, 8, 4)] // fewer than 5 of each class
    [InlineData(0, 500, 25)] // too much work
    public void TooFewImages_OrTooManyClasses_LeaveNoChoice(int parts, int images, int classes)
    {
        var some = LabelledImages.Of(images / 2, images / 2);

        Assert.Equal(parts, new BlockSelector([.. some.Select(_ => new float[1])], some, classes, _blocks, seed: 1).Parts);
    }

    private BlockSelection? Select(List<LabelledImage> images, Func<LabelledImage, bool> one, Func<LabelledImage, bool> other, int threads)
    {
        var parts = 0;
        var selector = new BlockSelector([.. images.Select(Record)], images, classes: images.Max(image => image.Class) + 1, _blocks, seed: 1);
        var (selection, _) = selector.Run(threads, () => Interlocked.Increment(ref parts), TestContext.Current.CancellationToken);
        Assert.Equal(selector.Parts + 1, parts);
        return selection;

        float[] Record(LabelledImage image)
        {
            var random = new KeyedRandom(1, "record", (images.Count * image.Class) + image.Index);
            float[] record = [.. Enumerable.Range(0, _blocks.Channels).Select(_ => random.NextSingle())];
            Raise(One, one(image));
            Raise(Other, other(image));
            return record;

            void Raise(int block, bool isRaised)
            {
                foreach (ref var value in record.AsSpan(_blocks.Places[block].Offset, _blocks.Places[block].Channels))
                {
                    value += isRaised ? 1 : 0;
                }
            }
        }
    }
}
