using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using DistributedFreeze.Cli;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Client.Tests.Commands;
using SkiaSharp;

namespace DistributedFreeze.Client.Tests.Serving;

public sealed partial class ServeCommandTests
{
    [Fact]
    public async Task ItServesUntilItIsAskedToEnd_AndThenEndsWell()
    {
        await using var model = new ServedModel();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var output = new FirstLine();

        var serving = Dfreeze.RunAsync(
            ["serve", model.Folder, "--url", "http://127.0.0.1:0"], new CommandConsole(output, TextWriter.Null, outputIsTerminal: false, errorIsTerminal: false), Runners.Embedded, end.Token);

        var line = await output.Line.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Contains("(3 classes)", line, StringComparison.Ordinal);
        using var http = new HttpClient { BaseAddress = new(Address().Match(line).Value) };
        using var answer = await http.PostAsync("/classify", new ByteArrayContent(ServedModel.Image(SKColors.Red)), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("Healthy", await http.GetStringAsync("/healthz", TestContext.Current.CancellationToken));
        Assert.Matches("""distributed_freeze_serving_images_total\{[^}]*outcome="ok"[^}]*\} [1-9]""", await http.GetStringAsync("/metrics", TestContext.Current.CancellationToken));

        await end.CancelAsync();
        Assert.Equal(ExitCode.Ok, await serving);
    }

    [Fact]
    public async Task APortThatIsTaken_IsNamed()
    {
        await using var model = new ServedModel();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = $"http://{taken.LocalEndpoint}";

        var run = await CommandRun.OfAsync("serve", model.Path, "--url", url);

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Equal($"error: --url: {url}/ is taken by another program; another port would be right", Assert.Single(run.ErrorLines));
    }

    [Theory]
    [InlineData("--url", "https://127.0.0.1", "must be an address such as http://127.0.0.1:8080, got 'https://127.0.0.1'; HTTPS is for a proxy in front")]
    [InlineData("--batch", "0", "must be a whole number from 1 to 1024, got '0'")]
    public async Task AWrongOption_IsNamed(string option, string value, string fault)
    {
        await using var model = new ServedModel();

        var run = await CommandRun.OfAsync("serve", model.Path, option, value);

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Equal($"error: {option}: {fault}", Assert.Single(run.ErrorLines));
    }

    [Fact]
    public async Task AFolderWithoutAModel_IsToldHowToGetOne()
    {
        using var folder = new TemporaryFolder();

        var run = await CommandRun.OfAsync("serve", folder.In(""));

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("has no model.onnx; `dfreeze export", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [GeneratedRegex("http://[0-9.:]+")]
    private static partial Regex Address();

    /// <summary>Tells the first line that is written.</summary>
    private sealed class FirstLine : StringWriter
    {
        private readonly TaskCompletionSource<string> _line = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Line => _line.Task;

        public override void Flush()
        {
            if (ToString().IndexOf('\n', StringComparison.Ordinal) is >= 0 and var end)
            {
                _line.TrySetResult(ToString()[..end]);
            }
        }
    }
}
