namespace DistributedFreeze.Training.Advice;

public sealed class ChoiceTests
{
    [Fact]
    public void WhereNothingCanBeToldApart_TheCheapestIsChosen()
    {
        Assert.Equal(1, Choice.Of([3, 1, 2], (_, _) => false));
    }

    [Theory]
    [InlineData("2>0", 1)] // the cheapest is beaten, and the next one is not
    [InlineData("2>0 2>1", 2)]
    [InlineData("1>0", 1)]
    [InlineData("0>1 0>2", 0)]
    public void ACandidateThatAnotherIsBetterThan_IsNotChosen(string better, int chosen)
    {
        Assert.Equal(chosen, Choice.Of([1, 2, 3], Better(better)));
    }

    [Fact]
    public void InACircle_TheLastIsChosenThatNoCheaperOneBeats()
    {
        Assert.Equal(1, Choice.Of([1, 2, 3], Better("1>0 2>1 0>2")));
    }

    private static Func<int, int, bool> Better(string pairs) => (one, other) => pairs.Split(' ').Contains($"{one}>{other}");
}
