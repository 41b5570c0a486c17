using DistributedFreeze.Errors;

namespace DistributedFreeze.Client.Tests.Commands;

public sealed class ExitCodeTests
{
    private static readonly string[] Train = ["train", "--data", "images", "--output", "out"];

    [Fact]
    public async Task AFailedRun_EndsWith1AndItsReason()
    {
        var run = await CommandRun.OfAsync(Train, (_, _) => throw new RunFailedException("the disk is full\nat step 3"), TestContext.Current.CancellationToken);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal("error: the disk is full at step 3", Assert.Single(run.ErrorLines));
    }

    [Fact]
    public async Task BadDataFoundByTheRun_EndsWith2AndEveryFile()
    {
        var run = await CommandRun.OfAsync(
            Train,
            (_, _) => throw new InvalidInputException([new("a.jpg", "is empty"), new("b.jpg", "is no image")]),
            TestContext.Current.CancellationToken);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal(["error: a.jpg: is empty", "error: b.jpg: is no image"], run.ErrorLines);
    }

    [Fact]
    public async Task ASiloThatIsGone_EndsWith1_AndWithoutOrleansWords()
    {
        var run = await CommandRun.OfAsync(
            Train, (_, _) => throw new SiloUnavailableException("for message: Request [S1 run/r1]->[S2]"), TestContext.Current.CancellationToken);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal("error: A silo did not answer, or not in time: try again; DFREEZE_TRACE=1 shows what was asked of it.", Assert.Single(run.ErrorLines));
    }

    [Fact]
    public async Task TheUnexpected_EndsWith1AndOneLineThatSaysHowToSeeMore()
    {
        var run = await CommandRun.OfAsync(Train, (_, _) => throw new InvalidOperationException("oops"), TestContext.Current.CancellationToken);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            "error: InvalidOperationException: oops (this was not expected; DFREEZE_TRACE=1 shows where)", Assert.Single(run.ErrorLines));
    }

    [Fact]
    public async Task AnInterruptedRun_EndsWith130()
    {
        using var interruption = new CancellationTokenSource();

        var run = await CommandRun.OfAsync(
            Train,
            async (_, token) =>
            {
                await interruption.CancelAsync();
                token.ThrowIfCancellationRequested();
                return 0;
            },
            interruption.Token);

        Assert.Equal(130, run.ExitCode);
    }

    [Fact]
    public async Task TheRunnersExitCode_IsTheCommands()
    {
        var run = await CommandRun.OfAsync(Train, (_, _) => Task.FromResult(7), TestContext.Current.CancellationToken);

        Assert.Equal(7, run.ExitCode);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("plan --help")]
    [InlineData("train -h")]
    [InlineData("--version")]
    public async Task HelpAndVersion_EndWith0(string line)
    {
        var run = await CommandRun.OfAsync(line.Split(' '));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.NotEqual("", run.Output);
    }

    [Fact]
    public async Task Demo_NeedsNoOption()
    {
        var run = await CommandRun.OfAsync("demo");
        var other = await CommandRun.OfAsync("demo", "--output", "here", "--seed", "5", "--replicas", "3", "--json");

        Assert.Equal(("demo", 0, 2, false), (run.Demo!.Output, run.Demo.Seed, run.Demo.Replicas, run.Demo.Json));
        Assert.Equal(("here", 5, 3, true), (other.Demo!.Output, other.Demo.Seed, other.Demo.Replicas, other.Demo.Json));
    }
}
