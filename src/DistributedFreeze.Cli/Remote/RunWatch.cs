using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Client;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Remote;

/// <summary>Follows a run on a cluster to its end, as <c>watch</c> and <c>submit --watch</c> do.</summary>
internal sealed class RunWatch(CommandConsole console)
{
    /// <param name="client">The cluster.</param>
    /// <param name="runId">The run.</param>
    /// <param name="json">Whether the output is to be one JSON object for each event and nothing else.</param>
    /// <param name="cancellationToken">Ends the watching, not the run.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> ToTheEndAsync(DistributedFreezeClient client, string runId, bool json, CancellationToken cancellationToken)
    {
        var status = await client.GetAsync(runId, client.RetryTimeout, cancellationToken);
        var spec = status.Spec ?? throw new RunFailedException($"The silo does not say what {runId} runs; its version is older than this command's.");
        console.NameFields(spec);
        try
        {
            var events = client.WatchAsync(runId, cancellationToken: cancellationToken);
            var ended = json ? await PrintAsync(events) : await ShowAsync(events, spec);
            if (ended.State == RunState.Succeeded && !json)
            {
                ReceiptText.Write(console.Output, (await client.GetAsync(runId, client.RetryTimeout, cancellationToken)).Receipt!, spec.Output);
                ReceiptText.Next(console.Output, "download", runId);
                console.WarnOfRandomWeights(spec);
            }

            return RunEndings.ExitCodeOf(ended, console);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            console.Interrupted($"the run goes on; dfreeze pause {runId} halts it, dfreeze cancel {runId} ends it");
            return ExitCode.Interrupted;
        }
    }

    private async Task<RunEvent.Ended> ShowAsync(IAsyncEnumerable<RunEvent> events, RunSpec spec)
    {
        await using var progress = RunProgressView.For(console, spec);
        RunEvent.Ended? ended = null;
        await foreach (var happened in events)
        {
            progress.Show(console.Fields.In(happened));
            ended = happened as RunEvent.Ended ?? ended;
        }

        return ended!;
    }

    private async Task<RunEvent.Ended> PrintAsync(IAsyncEnumerable<RunEvent> events)
    {
        RunEvent.Ended? ended = null;
        await foreach (var happened in events)
        {
            console.Output.WriteLine(RunEventJson.Of(console.Fields.In(happened)));
            ended = happened as RunEvent.Ended ?? ended;
        }

        return ended!;
    }
}
