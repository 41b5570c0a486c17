using System.Net;
using System.Net.Sockets;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Hosting;

namespace DistributedFreeze.Client.Tests.Commands;

[Slow]
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
    public async Task AQuotaThatIsReached_EndsWith1_AndIsNoSurprise()
    {
        var run = await CommandRun.OfAsync(Train, (_, _) => throw new QuotaExceededException("runs: alice may have 2"), TestContext.Current.CancellationToken);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal("error: runs: alice may have 2", Assert.Single(run.ErrorLines));
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

    [Theory]
    [InlineData("--help")]
    [InlineData("watch", "--help")]
    public async Task Help_NamesTheRun_AndAsksNoCluster(params string[] line)
    {
        using var cluster = new TcpListener(IPAddress.Loopback, 0);
        cluster.Start();

        var (exitCode, output, error) = await DfreezeProcess.RunAsync(new() { ["DFREEZE_CLUSTER"] = $"{cluster.LocalEndpoint}" }, line);

        Assert.Equal((0, "", false), (exitCode, error, cluster.Pending()));
        Assert.Contains("<RUN>", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RunState.Cancelled, 3, "the run was cancelled")]
    [InlineData(RunState.Interrupted, 3, "interrupted; why")]
    [InlineData(RunState.Succeeded, 0, "")]
    public void ARunThatIsFollowed_EndsWithACodeThatIsNotCtrlCs(RunState state, int exitCode, string said)
    {
        using var error = new StringWriter();
        var console = new CommandConsole(TextWriter.Null, error, outputIsTerminal: false, errorIsTerminal: false);

        Assert.Equal((exitCode, said), (RunEndings.ExitCodeOf(new(state, "why", []), console), error.ToString().Trim()));
    }

    [Fact]
    public async Task EveryExitCode_IsInTheDocs()
    {
        var page = await File.ReadAllTextAsync(RepositoryRoot.In("docs", "exit-codes.md"), TestContext.Current.CancellationToken);
        var (command, silo) = (page[..page.IndexOf("## The silo", StringComparison.Ordinal)], page[page.IndexOf("## The silo", StringComparison.Ordinal)..]);

        Assert.All(Codes(typeof(ExitCode)), code => Assert.Contains($"\n| {code} |", command, StringComparison.Ordinal));
        Assert.All(Codes(typeof(SiloExitCode)), code => Assert.Contains($"\n| {code} |", silo, StringComparison.Ordinal));

        static IEnumerable<object?> Codes(Type type) => type.GetFields().Select(code => code.GetRawConstantValue());
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
