namespace DistributedFreeze.Training.Advice;

public sealed class RunCostTests
{
    [Fact]
    public void AllRounds_TakeWhatTheLongestOnesWould()
    {
        // 4 candidates train 2 epochs, 2 of them 2 more, 1 of them 4 more.
        Assert.Equal((2 * (1 + 2 + 3 + 10)) + (2 * (3 + 10)) + (4 * 10), RunCost.Of(Halving.Rounds(4, 10), [1, 10, 3, 2], splits: 1));
        Assert.Equal(3 * 2 * 5, RunCost.Of(Halving.Rounds(1, 10), [5], splits: 3));
        Assert.Equal(0, RunCost.Of([], [], splits: 1));
    }
}
