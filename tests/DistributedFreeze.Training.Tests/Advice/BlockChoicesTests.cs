using System.Collections.Immutable;
using DistributedFreeze.Data;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Advice;

public sealed class BlockChoicesTests : IDisposable
{
    private const int Always = 2;
    private const int AmongJudges = 5;

    private readonly Blocks _blocks = new(LayerTable.For(NetworkGraph.TorchvisionV15, ModelArchitecture.ResNet18));
    private readonly SmallRuns _runs = new();
    private readonly ImmutableArray<LabelledImage> _images = [.. LabelledImages.Of(30, 30)];

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void WhatOnlyTheJudgesShow_IsNotChosenWhereTheyJudge()
    {
        var (whole, (_, ofSplits, _)) = Choose(Split(IsJudge), Split(image => !IsJudge(image)));

        Assert.Contains(_blocks.Layers[Always].Name, whole!.Layers);
        Assert.Contains(_blocks.Layers[AmongJudges].Name, whole.Layers);
        Assert.DoesNotContain(_blocks.Layers[AmongJudges].Name, ofSplits[0]);
        Assert.Contains(_blocks.Layers[Always].Name, ofSplits[0]);
        Assert.Contains(_blocks.Layers[AmongJudges].Name, ofSplits[1]);
    }

    [Fact]
    public void WhereOtherImagesJudge_TheChoiceIsThatOfAll()
    {
        var (whole, (layers, ofSplits, answers)) = Choose(Split(_ => false));

        Assert.Equal(whole!.Layers, layers);
        Assert.Equal(layers, Assert.Single(ofSplits));
        Assert.All((ImmutableArray<Answer>[])[answers.Last, answers.Stages, answers.Chosen], head => Assert.Equal(_images.Length, head.Length));
        Assert.Equal(whole.Score.Value, answers.Chosen.Count(answer => answer.Said == answer.Class) / (double)_images.Length);
    }

    private (DistributedFreeze.Advice.BlockSelection? Whole, ChosenBlocks Chosen) Choose(params ImmutableArray<DataSet> splits)
    {
        var choices = new BlockChoices([.. _images.Select(Record)], _images, splits, classes: 2, _blocks, seed: 1);
        var parts = 0;
        var chosen = choices.Run(threads: 2, () => Interlocked.Increment(ref parts), TestContext.Current.CancellationToken);
        Assert.Equal(choices.Parts, parts);
        return chosen;
    }

    private DataSet Split(Func<LabelledImage, bool> isHeldOut) =>
        DataSet.Scan(new() { Path = _runs.Data }, seed: 1).With([.. _images.Where(image => !isHeldOut(image))], [.. _images.Where(isHeldOut)]);

    private static bool IsJudge(LabelledImage image) => image.Index % 2 == 0;

    private float[] Record(LabelledImage image)
    {
        var random = new KeyedRandom(1, "record", image.Index);
        float[] record = [.. Enumerable.Range(0, _blocks.Channels).Select(_ => random.NextSingle())];
        var shown = image.Class == 1;
        Raise(Always, shown && image.Index % 5 != 0);
        Raise(AmongJudges, shown && IsJudge(image));
        return record;

        void Raise(int block, bool isRaised)
        {
            var (offset, channels) = _blocks.Places[block];
            for (var i = offset; isRaised && i < offset + channels; i++)
            {
                record[i] += 1;
            }
        }
    }
}
