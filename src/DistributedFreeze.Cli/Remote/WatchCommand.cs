using System.CommandLine;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Client;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Remote;

/// <summary><c>dfreeze watch</c>: a run's progress as <c>train</c> shows it, to its end.</summary>
internal sealed class WatchCommand(CommandConsole console)
{
    private readonly ClusterAccess _cluster = new();
    private readonly Argument<string?> _run = RunArgument.Create();
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object for each event, a line each, and nothing else" };

    public Command Build()
    {
        var command = new Command("watch", "Follows a run to its end. Ctrl-C ends the watching, not the run.") { _run, _json };
        _cluster.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var runId = RunArgument.Of(parsed, _run);
            return _cluster.WithAsync(parsed, client => WatchAsync(client, runId, parsed.GetValue(_json), cancellationToken), cancellationToken);
        });
        return command;
    }

    private async Task<int> WatchAsync(DistributedFreezeClient client, string runId, bool json, CancellationToken cancellationToken)
    {
        var status = await client.GetAsync(runId, cancellationToken);
        var spec = status.Spec ?? throw new RunFailedException($"The silo does not say what {runId} runs; its version is older than this command's.");
        try
        {
            var ended = json
                ? await PrintAsync(client.WatchAsync(runId, cancellationToken: cancellationToken))
                : await ShowAsync(client.WatchAsync(runId, cancellationToken: cancellationToken), spec);
            if (ended.State == RunState.Succeeded && !json)
            {
                ReceiptText.Write(console.Output, (await client.GetAsync(runId, cancellationToken)).Receipt!, spec.Output);
            }

            return RunEndings.ExitCodeOf(ended, () => console.Interrupted(ended.Reason));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            console.Interrupted($"the run goes on; dfreeze interrupt {runId} ends it");
            return ExitCode.Interrupted;
        }
    }

    private async Task<RunEvent.Ended> ShowAsync(IAsyncEnumerable<RunEvent> events, RunSpec spec)
    {
        await using var progress = RunProgressView.For(console, spec);
        RunEvent.Ended? ended = null;
        await foreach (var happened in events)
        {
            progress.Show(happened);
            ended = happened as RunEvent.Ended ?? ended;
        }

        return ended!;
    }

    private async Task<RunEvent.Ended> PrintAsync(IAsyncEnumerable<RunEvent> events)
    {
        RunEvent.Ended? ended = null;
        await foreach (var happened in events)
        {
            var fields = JsonSerializer.SerializeToNode(happened, happened.GetType(), RunJson.Compact)!.AsObject();
            fields.Insert(0, "event", JsonNamingPolicy.KebabCaseLower.ConvertName(happened.GetType().Name));
            console.Output.WriteLine(fields.ToJsonString(RunJson.Compact));
            ended = happened as RunEvent.Ended ?? ended;
        }

        return ended!;
    }
}
