using DistributedFreeze.Errors;

namespace DistributedFreeze.Training.Runs;

public sealed class LossTallyTests
{
    private static readonly GroupBrokenException Unexplained = new("The exchange broke.", []);
    private static readonly GroupBrokenException Explained = new("It is gone.", [(new("here/cpu:0", "here", null, null!), new("It is gone."))]);

    [Fact]
    public void GroupsThatBreakAgainAndAgainWithoutAStep_EndTheRunWithTheLastReason()
    {
        var tally = new LossTally();
        for (var i = 0; i < LossTally.MostFruitless; i++)
        {
            tally.Broke(Explained);
        }

        var error = Assert.Throws<RunFailedException>(() => tally.Broke(Explained));

        Assert.Contains("It is gone.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AStep_ForgetsWhatWasBefore()
    {
        var tally = new LossTally();
        for (var i = 0; i < 3 * LossTally.MostFruitless; i++)
        {
            tally.Broke(Explained);
            tally.Progressed();
        }
    }

    [Fact]
    public void AnExchangeThatKeepsBreakingThoughAllAnswer_SaysThatSilosCannotReachOneAnother()
    {
        var tally = new LossTally();

        Assert.Equal((false, true), (tally.Broke(Unexplained), tally.Broke(Unexplained)));
    }

    [Fact]
    public void ALossBetween_IsAnExplanation()
    {
        var tally = new LossTally();

        Assert.Equal((false, false, false), (tally.Broke(Unexplained), tally.Broke(Explained), tally.Broke(Unexplained)));
    }
}
