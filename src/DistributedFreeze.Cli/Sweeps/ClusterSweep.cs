using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Client;
using DistributedFreeze.Specs.Sweeps;
using DistributedFreeze.Sweeps;

namespace DistributedFreeze.Cli.Sweeps;

/// <summary>A sweep on a cluster, as a document.</summary>
/// <param name="console">Progress goes to the error output.</param>
/// <param name="client">The cluster.</param>
/// <param name="time">The clock.</param>
internal sealed class ClusterSweep(CommandConsole console, IDistributedFreezeClient client, TimeProvider time)
{
    /// <summary>Submits all trials, compares them and waits for them.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="cancellationToken">Ends the waiting, not the runs.</param>
    /// <returns>What is known of every trial: one that was interrupted by others still waits.</returns>
    /// <exception cref="Errors.InvalidInputException">The silos cannot use a trial.</exception>
    public async Task<SweepDocument> RunAsync(Sweep sweep, CancellationToken cancellationToken)
    {
        console.Error.WriteLine($"dfreeze runs --label sweep={sweep.Name} lists the runs");
        using var progress = new SweepProgressView(console, time);
        var request = new SweepRequest
        {
            Name = sweep.Name,
            Trials = [.. sweep.Trials.Select(trial => new NamedTrial(trial.Name, trial.Spec))],
            Metric = sweep.Metric,
            Halving = sweep.Halving,
        };
        return Document(sweep, await client.SweepAsync(request, progress, cancellationToken));
    }

    private static SweepDocument Document(Sweep sweep, SweepResult result)
    {
        var runs = result.Trials.ToDictionary(trial => trial.Name, trial => trial.RunId, StringComparer.Ordinal);
        var document = SweepDocument.Of(sweep, [.. result.Trials.Select(trial => trial.Result)]);
        document = document with { Trials = [.. document.Trials.Select(trial => trial with { RunId = runs[trial.Name] })] };
        return result.Best is { Run: { Receipt: { } receipt } run } best
            ? document with { Best = new(best.Name, run.Spec?.Output ?? receipt.Spec.Output, receipt.ModelSha256, receipt.Test) }
            : document;
    }
}
