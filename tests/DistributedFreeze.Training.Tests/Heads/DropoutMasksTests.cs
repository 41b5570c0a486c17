using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Heads;

public sealed class DropoutMasksTests
{
    private static readonly RunSpec Spec = new()
    {
        Data = new() { Path = "" },
        Phases = [new()],
        Output = "",
        Seed = 5,
        Model = new() { Head = new() { Hidden = [64, 32], Dropout = 0.25 } },
    };

    [Fact]
    public void AnImagesMask_IsTheSameWhateverItsNeighboursAre()
    {
        var together = Mask(Spec, epoch: 2, layer: 0, 4, 9, 7);
        var apart = Mask(Spec, epoch: 2, layer: 0, 7, 4);

        Assert.Equal(together[0], apart[1]);
        Assert.Equal(together[2], apart[0]);
    }

    [Fact]
    public void AnotherImageEpochLayerOrSeed_GivesAnotherMask()
    {
        var mask = Mask(Spec, epoch: 2, layer: 0, 4)[0];

        Assert.NotEqual(mask, Mask(Spec, epoch: 2, layer: 0, 5)[0]);
        Assert.NotEqual(mask, Mask(Spec, epoch: 3, layer: 0, 4)[0]);
        Assert.NotEqual(mask, Mask(Spec with { Seed = 6 }, epoch: 2, layer: 0, 4)[0]);
        Assert.NotEqual(mask[..32], Mask(Spec, epoch: 2, layer: 1, 4)[0]);
    }

    [Fact]
    public void AMask_IsZeroOrTheKeptSharesInverse_InAboutTheSharesOfTheRate()
    {
        var values = Mask(Spec, 0, 0, [.. Enumerable.Range(0, 200)]).SelectMany(row => row).ToList();

        Assert.Equal([0, 1 / 0.75f], values.Distinct().Order());
        Assert.InRange(values.Count(value => value == 0) / (double)values.Count, 0.23, 0.27);
    }

    [Fact]
    public void WithoutDropoutOrHiddenLayers_ThereIsNoMask()
    {
        Assert.Null(DropoutMasks.For(Spec with { Model = new() { Head = new() { Hidden = [8] } } }, capacity: 1));
        Assert.Null(DropoutMasks.For(Spec with { Model = new() { Head = new() { Dropout = 0.5 } } }, capacity: 1));
    }

    private static float[][] Mask(RunSpec spec, int epoch, int layer, params int[] images)
    {
        var width = spec.Model.Head.Hidden[layer];
        var masks = DropoutMasks.For(spec, images.Length)!.Draw(epoch, images);
        Assert.Equal(images.Length * width, masks[layer].Length);
        return [.. masks[layer].Chunk(width)];
    }
}
