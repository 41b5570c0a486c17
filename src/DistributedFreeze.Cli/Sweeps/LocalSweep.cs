using System.Collections.Immutable;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs.Sweeps;
using DistributedFreeze.Sweeps;
using DistributedFreeze.Training.Sweeps;

namespace DistributedFreeze.Cli.Sweeps;

/// <summary>A sweep on this machine: its trials in this process, then the best one as a run of its own.</summary>
/// <param name="console">Progress goes to the error output.</param>
/// <param name="folder">Where everything is written.</param>
/// <param name="time">The clock.</param>
internal sealed class LocalSweep(CommandConsole console, SweepFolder folder, TimeProvider time)
{
    /// <summary>What is known is written no more often.</summary>
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(3);

    /// <summary>Nor more often than so many times as long as the last writing took: it grows with trials and epochs, and is to take no part of the time.</summary>
    private const int TimesTheWriting = 50;

    private long _written = time.GetTimestamp();
    private TimeSpan _pause = Between;

    /// <summary>Trains what is not trained yet.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="before">What an earlier attempt has left; null for nothing.</param>
    /// <param name="cancellationToken">Breaks it off: what is known by then is kept.</param>
    /// <exception cref="InvalidInputException">Data, weights or the folder cannot be used.</exception>
    public SweepDocument Train(Sweep sweep, SweepDocument? before, CancellationToken cancellationToken)
    {
        var known = SweepFolder.Known(before, sweep);
        var results = Train(sweep, known, cancellationToken);
        var document = SweepDocument.Of(sweep, results) with { Best = before?.Best };
        folder.Write(document);
        return document;
    }

    /// <summary>Trains the best trial once more, as a run with a receipt, and tests it.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="document">What its trials came to: all of them have ended.</param>
    /// <param name="cancellationToken">Interrupts it; the next attempt goes on.</param>
    /// <returns>Null where it was interrupted.</returns>
    /// <exception cref="RunFailedException">No trial was trained whole, or the run did not come to what the trial came to.</exception>
    public async Task<BestRun?> KeepBestAsync(Sweep sweep, SweepDocument document, CancellationToken cancellationToken)
    {
        var best = document.Trials[0];
        if (best.Result.State != TrialState.Finished)
        {
            throw new RunFailedException(document.WhyNoneIsWhole);
        }

        var trial = sweep.Trials.Single(trial => trial.Name == best.Name);
        var output = new OutputFolder(folder.Best);
        if (File.Exists(output.Receipt))
        {
            return folder.KeptBest(trial, best.Result.ModelSha256!);
        }

        console.Error.WriteLine($"{best.Name} is the best and becomes a run in {folder.Best}");
        var (ended, receipt) = await new EmbeddedRun(console).TrainAsync(trial.Spec with { Output = folder.Best }, resume: File.Exists(output.Checkpoint), cancellationToken);
        if (ended.State == RunState.Interrupted)
        {
            return null;
        }

        if (receipt is null)
        {
            throw new RunFailedException($"The run of {best.Name} ended as {RunEnums.NameOf(ended.State)}: {ended.Reason}");
        }

        return receipt.ModelSha256 == best.Result.ModelSha256
            ? new(best.Name, folder.Best, receipt.ModelSha256, receipt.Test)
            : throw new RunFailedException($"The run of {best.Name} has the model {receipt.ModelSha256}, and as a trial it had {best.Result.ModelSha256}: the images, the weights or the machine have changed in between, and the scores are those of before.");
    }

    private ImmutableArray<TrialResult> Train(Sweep sweep, ImmutableArray<TrialResult> known, CancellationToken cancellationToken)
    {
        foreach (var spec in sweep.Trials.Where((_, i) => !known[i].IsOver).Select(trial => trial.Spec).DistinctBy(spec => (spec.Model.Head, Data: spec.Data with { Augmentation = null }, spec.BatchSize, spec.Shards, Phases: string.Join(' ', spec.Phases.Select(phase => phase.Freeze)))))
        {
            LocalMemory.Require(spec);
        }

        try
        {
            return Compare(sweep, known, cancellationToken);
        }
        catch (TrialInputsChangedException changed)
        {
            throw folder.Refuse(sweep, changed);
        }
    }

    private ImmutableArray<TrialResult> Compare(Sweep sweep, ImmutableArray<TrialResult> known, CancellationToken cancellationToken)
    {
        using var progress = new SweepProgressView(console, time);
        var isBegun = false;
        var sweeper = new Sweeper(
            new()
            {
                Trials = [.. sweep.Trials.Select(trial => trial.Spec)],
                Metric = sweep.Metric,
                Halving = sweep.Halving,
                Known = known,
            },
            made =>
            {
                progress.Show(made);
                if (!isBegun)
                {
                    folder.WriteTrials(sweep); // images and weights have been read: nothing is left behind by a sweep that cannot begin
                    isBegun = true;
                }

                if (time.GetElapsedTime(_written) >= _pause)
                {
                    var began = time.GetTimestamp();
                    folder.Write(SweepDocument.Of(sweep, made.Trials));
                    _written = time.GetTimestamp();
                    _pause = TimeSpan.FromTicks(Math.Max(Between.Ticks, TimesTheWriting * time.GetElapsedTime(began, _written).Ticks));
                }
            },
            time);
        try
        {
            return sweeper.Run(cancellationToken);
        }
        catch when (isBegun)
        {
            folder.Write(SweepDocument.Of(sweep, sweeper.Results)); // what is known stays known
            throw;
        }
    }
}
