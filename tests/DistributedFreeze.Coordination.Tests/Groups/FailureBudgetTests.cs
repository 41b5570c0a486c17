using DistributedFreeze.Errors;

namespace DistributedFreeze.Coordination.Groups;

public sealed class FailureBudgetTests
{
    private const string Work = "phase 1/1, conv5_block3_3_bn and the head";
    private static readonly GroupBrokenException Unexplained = new("The exchange broke.", []);
    private static readonly GroupBrokenException Explained = new("It is gone.", [(new("here/cpu:0", "here", null, null!), new("It is gone.") { IsUnreachable = true })]);
    private static readonly GroupBrokenException Failed = new("cpu:0 has too little memory.", [(new("here/cpu:0", "here", null, null!), new("cpu:0 has too little memory."))]);

    [Fact]
    public void GroupsThatBreakAgainAndAgainWithoutAStep_EndTheRunWithTheLastReason()
    {
        var tally = new FailureBudget();
        for (var i = 0; i < FailureBudget.MostFruitless; i++)
        {
            tally.Broke(Explained, Work);
        }

        var error = Assert.Throws<RunFailedException>(() => tally.Broke(Explained, Work));

        Assert.Contains("It is gone.", error.Message, StringComparison.Ordinal);
        Assert.Contains(Work, error.Message, StringComparison.Ordinal);
        Assert.Contains("ONEDNN_MAX_CPU_ISA=AVX", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DevicesThatFail_EndTheRunWithTheirReasonAlone()
    {
        var tally = new FailureBudget();
        for (var i = 0; i < FailureBudget.MostFruitless; i++)
        {
            tally.Broke(Failed, Work);
        }

        var error = Assert.Throws<RunFailedException>(() => tally.Broke(Failed, Work));

        Assert.EndsWith("The last one: cpu:0 has too little memory.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AStep_ForgetsWhatWasBefore()
    {
        var tally = new FailureBudget();
        for (var i = 0; i < 3 * FailureBudget.MostFruitless; i++)
        {
            tally.Broke(Explained, Work);
            tally.Progressed();
        }
    }

    [Fact]
    public void AnExchangeThatKeepsBreakingThoughAllAnswer_SaysThatSilosCannotReachOneAnother()
    {
        var tally = new FailureBudget();

        Assert.Equal((false, true), (tally.Broke(Unexplained, Work), tally.Broke(Unexplained, Work)));
    }

    [Fact]
    public void ALossBetween_IsAnExplanation()
    {
        var tally = new FailureBudget();

        Assert.Equal((false, false, false), (tally.Broke(Unexplained, Work), tally.Broke(Explained, Work), tally.Broke(Unexplained, Work)));
    }
}
