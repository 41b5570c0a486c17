using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Results;
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
    /// <param name="results">Where else the curves go; null for nowhere.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> ToTheEndAsync(
        DistributedFreezeClient client, string runId, bool json, CancellationToken cancellationToken, ResultTargets? results = null)
    {
        var status = await client.GetAsync(runId, client.RetryTimeout, cancellationToken);
        var spec = status.Spec ?? throw new RunFailedException($"The silo does not say what {runId} runs; its version is older than this command's.");
        console.NameFields(spec);
        results ??= ResultTargets.None;
        results.Require(runId, resume: true); // what an earlier watch wrote is gone on with
        Action<string>? shown = null; // within the progress while that is there
        await using var sinks = results.Open(runId, runId, spec, warning => (shown ?? console.WarnOnError)(warning));
        try
        {
            var events = client.WatchAsync(runId, cancellationToken: cancellationToken);
            RunEvent.Ended ended;
            if (json)
            {
                ended = await FollowAsync(events, happened => console.Output.WriteLine(RunEventJson.Of(happened)), sinks);
            }
            else
            {
                await using var progress = RunProgressView.For(console, spec);
                shown = progress.Warn;
                ended = await FollowAsync(events, progress.Show, sinks);
                shown = null;
            }

            var isWanted = ended.State == RunState.Succeeded && (!json || results != ResultTargets.None); // a cluster that has gone meanwhile spoils nothing else
            var receipt = isWanted ? (await client.GetAsync(runId, client.RetryTimeout, cancellationToken)).Receipt : null;
            await sinks.EndAsync(receipt, ended);
            if (ended.State == RunState.Succeeded && !json)
            {
                ReceiptText.Write(console.Output, receipt!, spec.Output);
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

    private async Task<RunEvent.Ended> FollowAsync(IAsyncEnumerable<RunEvent> events, Action<RunEvent> show, ResultSinks sinks)
    {
        RunEvent.Ended? ended = null;
        await foreach (var happened in events)
        {
            show(console.Fields.In(happened));
            sinks.Take(happened);
            ended = happened as RunEvent.Ended ?? ended;
        }

        return ended!;
    }
}
