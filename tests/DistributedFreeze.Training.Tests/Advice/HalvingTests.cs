namespace DistributedFreeze.Training.Advice;

public sealed class HalvingTests
{
    [Theory]
    [InlineData(4, 10, "4x2 2x4 1x8")]
    [InlineData(5, 10, "5x2 3x4 2x8 1x10")]
    [InlineData(4, 3, "4x2 2x3")]
    [InlineData(4, 1, "4x1")]
    [InlineData(1, 10, "1x2")]
    [InlineData(0, 10, "")]
    public void TheBetterHalf_TrainsTwiceAsLong(int candidates, int mostEpochs, string rounds)
    {
        Assert.Equal(rounds, string.Join(' ', Halving.Rounds(candidates, mostEpochs).Select(round => $"{round.Candidates}x{round.Epochs}")));
    }

    [Fact]
    public void TheBest_GoOn_OfEqualOnesTheFirst()
    {
        Assert.Equal([1, 3], Halving.Best([0.5, 0.1, 0.4, 0.3], 2));
        Assert.Equal([0, 1], Halving.Best([0.5, 0.5, 0.5], 2));
        Assert.Equal([], Halving.Best([0.5], 0));
        Assert.Equal([2], Halving.Best([(-0.8, 0.1), (-0.9, 0.5), (-0.9, 0.4)], 1));
    }
}
