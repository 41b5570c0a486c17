using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Client;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs.Sweeps;
using DistributedFreeze.Training.Sweeps;

namespace DistributedFreeze.Cli.Sweeps;

/// <summary>A sweep on a cluster: every trial is a run of its own, which the cluster queues, places and brings to its end whatever fails.</summary>
/// <param name="console">Progress goes to the error output.</param>
/// <param name="client">The cluster.</param>
/// <param name="time">The clock.</param>
internal sealed class ClusterSweep(CommandConsole console, IDistributedFreezeClient client, TimeProvider time)
{
    /// <summary>The label that every trial has: the sweep's name is its value.</summary>
    public const string Label = "sweep";

    /// <summary>Runs that are waited for at a time; the others are known at once when it is their turn.</summary>
    private const int Watched = 16;

    private const int HashLength = 10;

    /// <summary>A trial's run, labelled.</summary>
    public static RunSpec Labelled(RunSpec spec, string sweep)
    {
        var labels = spec.Labels.All.IsDefault ? [] : spec.Labels.All.ToDictionary(label => label.Name, label => label.Value, StringComparer.Ordinal);
        labels[Label] = sweep;
        return spec with { Labels = RunLabels.Of(labels) };
    }

    /// <summary>The id of a trial's run, which follows from what it runs: submitting a sweep again starts nothing new.</summary>
    public static string IdOf(Sweep sweep, SweepTrial trial) =>
        $"{sweep.Name}-{trial.Name}-{Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(trial.Spec, RunJson.Stored)))[..HashLength]}";

    /// <summary>Submits all trials and waits for them.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="cancellationToken">Ends the waiting, not the runs.</param>
    /// <returns>What is known of every trial: one that was interrupted or paused by others still waits.</returns>
    /// <exception cref="Errors.InvalidInputException">The silos cannot use a trial.</exception>
    public async Task<SweepDocument> RunAsync(Sweep sweep, CancellationToken cancellationToken)
    {
        foreach (var trial in sweep.Trials)
        {
            await client.SubmitAsync(trial.Spec, runId: IdOf(sweep, trial), cancellationToken: cancellationToken);
        }

        console.Error.WriteLine($"submitted; dfreeze runs --label {Label}={sweep.Name} lists them");
        var results = new TrialResult[sweep.Trials.Length];
        Array.Fill(results, new());
        var outputs = new RunStatus?[results.Length];
        try
        {
            using var progress = new SweepProgressView(console, time);
            var told = new Lock();
            await Parallel.ForEachAsync(Enumerable.Range(0, results.Length), new ParallelOptions { MaxDegreeOfParallelism = Watched, CancellationToken = cancellationToken }, async (i, stop) =>
            {
                var status = await client.WaitAsync(IdOf(sweep, sweep.Trials[i]), stop);
                lock (told)
                {
                    (results[i], outputs[i]) = (ResultOf(status), status);
                    progress.Show(new(SweepStage.Trials, results.Sum(result => result.Epochs.Length), sweep.Trials.Sum(trial => trial.Spec.Phases.Sum(phase => phase.Epochs)), [.. results]));
                }
            });
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The runs go on, and whoever asks again finds them.
        }

        return Document(sweep, [.. results], outputs);
    }

    private static SweepDocument Document(Sweep sweep, ImmutableArray<TrialResult> results, RunStatus?[] statuses)
    {
        var runs = sweep.Trials.ToDictionary(trial => trial.Name, trial => (RunId: IdOf(sweep, trial), Status: statuses[trial.Number - 1]), StringComparer.Ordinal);
        var document = SweepDocument.Of(sweep, results);
        document = document with { Trials = [.. document.Trials.Select(trial => trial with { RunId = runs[trial.Name].RunId })] };
        return document.IsWhole && document.Trials[0] is { Result.State: TrialState.Finished } best && runs[best.Name].Status is { Receipt: { } receipt } status
            ? document with { Best = new(best.Name, status.Spec?.Output ?? receipt.Spec.Output, receipt.ModelSha256, receipt.Test) }
            : document;
    }

    private static TrialResult ResultOf(RunStatus status) => status.State switch
    {
        RunState.Succeeded when status.Receipt is { } receipt => new() { State = TrialState.Finished, Epochs = receipt.Epochs, ModelSha256 = receipt.ModelSha256, Inputs = new(receipt.DataSha256, receipt.BaseSha256, receipt.Parent?.ModelSha256), Seconds = receipt.Seconds },
        RunState.Failed => new() { State = TrialState.Failed, Reason = status.Reason },
        RunState.Cancelled => new() { State = TrialState.Stopped, Reason = "its run was cancelled" },
        _ => new() { Reason = status.Reason ?? "its run was paused" },
    };
}
