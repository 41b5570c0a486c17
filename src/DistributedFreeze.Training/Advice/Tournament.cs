using System.Collections.Immutable;
using DistributedFreeze.Advice;
using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Advice;

/// <summary>The short runs of all candidates: those that leave the base frozen whole, the others by successive halving. Not thread-safe.</summary>
internal sealed class Tournament : IDisposable
{
    private readonly AdviceRequest _request;
    private readonly RunWorkspace _workspace;
    private readonly ImmutableArray<DataSet> _splits;
    private readonly ImmutableArray<Trial> _trials;
    private readonly Device _device;
    private readonly Parallelism _parallel;
    private readonly Action<Func<AdviceProgress>> _tell;
    private double _seconds;
    private double _done;

    /// <param name="request">What is asked.</param>
    /// <param name="workspace">Images, weights and cache.</param>
    /// <param name="splits">The ways to divide the images.</param>
    /// <param name="candidates">The candidates, the head alone first.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="parallel">How the processors are divided.</param>
    /// <param name="tell">Told how far it is.</param>
    public Tournament(
        AdviceRequest request, RunWorkspace workspace, ImmutableArray<DataSet> splits, ImmutableArray<Candidate> candidates, Device device, Parallelism parallel, Action<Func<AdviceProgress>> tell)
    {
        (_request, _workspace, _splits, _device, _parallel, _tell) = (request, workspace, splits, device, parallel, tell);
        _trials = [.. candidates.Select(candidate => new Trial(candidate, workspace, splits, device, parallel.Replicas))];
    }

    /// <exception cref="OperationCanceledException">The token was cancelled; what was shown until then stays.</exception>
    public void Run(CancellationToken cancellationToken)
    {
        Measure(cancellationToken);
        var heads = _trials.Where(trial => trial.NotTried is null && trial.Candidate.IsBaseFrozen).ToList();
        var rest = _trials.Where(trial => trial.NotTried is null && !trial.Candidate.IsBaseFrozen).ToList();
        var rounds = Halving.Rounds(rest.Count, rest.Count == 0 ? 1 : rest.Max(trial => trial.FullEpochs));
        _seconds = RunCost.OfHeads(heads, _splits.Length) + RunCost.Of(rounds, [.. rest.Select(trial => trial.EpochSeconds)], _splits.Length);
        foreach (var round in heads.GroupBy(trial => trial.Candidate.IsHeadAlone)) // the head alone first: all others are compared with it
        {
            Round([.. round], _trials[0].FullEpochs, cancellationToken);
        }

        heads.ForEach(head => head.Dispose());
        foreach (var (_, epochs) in rounds)
        {
            if (rest.Count == 0)
            {
                break;
            }

            Round(rest, epochs, cancellationToken);
            rest = [.. rest.Where(trial => trial.NotTried is null)];
            var next = rounds.Where(round => round.Epochs > epochs).Select(round => round.Candidates).FirstOrDefault();
            rest = GoOn(rest, next);
        }
    }

    /// <summary>What it has shown, with a recommendation where every candidate that was to be tried has answered.</summary>
    /// <exception cref="RunFailedException">Every candidate diverged.</exception>
    public AdviceResult Add(AdviceResult result)
    {
        var classes = _workspace.Run.Data.Classes.Length;
        var comparison = new Comparison(_request.Metric, classes, _request.Spec.Seed);
        ImmutableArray<Trial> cheapest = [.. _trials.OrderBy(trial => trial.Candidate.Cost)];
        var head = _trials[0].Answers;
        result = result with { Candidates = [.. cheapest.Select(trial => ScoreOf(trial, head, comparison))] };
        if (_trials.All(trial => trial.NotTried is not null))
        {
            throw new RunFailedException($"There is nothing to compare: of the head alone, {_trials[0].NotTried}");
        }

        return _trials.All(trial => trial.Answers is not null || trial.NotTried is not null)
            ? result with { Recommendation = Recommender.Of([.. _trials.Where(trial => trial.Answers is not null && trial.NotTried is null).Select(trial => (trial.Candidate, trial.Answers!.Value))], comparison) }
            : result;
    }

    public void Dispose()
    {
        foreach (var trial in _trials)
        {
            trial.Dispose();
        }
    }

    private void Measure(CancellationToken cancellationToken)
    {
        foreach (var trial in _trials.Where(trial => trial.NotTried is null))
        {
            cancellationToken.ThrowIfCancellationRequested();
            RunCost.Measure(trial, _workspace, _device);
        }

        if (_request.Budget is { } budget)
        {
            RunCost.Fit(_trials, budget, _splits.Length, _parallel.Threads);
        }
    }

    private void Round(IReadOnlyList<Trial> trials, int epochs, CancellationToken cancellationToken)
    {
        // One at a time, the cheapest first: whoever interrupts has the most by then. Side by side, the longest first: none is left alone in the end.
        var ordered = _parallel.ShortRuns == 1 ? trials.OrderBy(trial => trial.Candidate.Cost) : trials.OrderByDescending(trial => trial.Candidate.Cost);
        ImmutableArray<(Trial Trial, int Split)> runs = [.. ordered.SelectMany(trial => Enumerable.Range(0, _splits.Length).Select(split => (trial, split)))];
        var left = trials.ToDictionary(trial => trial, _ => _splits.Length);
        OwnThreads.For(runs.Length, _parallel.ShortRuns, "trial", i =>
        {
            var trial = runs[i].Trial;
            var upTo = Math.Min(epochs, trial.FullEpochs);
            Train(trial, runs[i].Split, upTo, cancellationToken);
            lock (left)
            {
                if (--left[trial] == 0 && trial.NotTried is null)
                {
                    trial.Conclude(upTo);
                }
            }
        }, cancellationToken);
    }

    private void Train(Trial trial, int split, int epochs, CancellationToken cancellationToken)
    {
        try
        {
            trial.Train(split, epochs, () => _tell(() => new(AdviceStage.ShortRuns, _done += trial.EpochSeconds, _seconds, trial.Candidate.Name)), cancellationToken);
        }
        catch (RunFailedException diverged) when (diverged.IsDivergence)
        {
            trial.NotTried = $"its training diverged: {diverged.Message}";
        }
    }

    /// <summary>Those that the next round is for; the others' networks are freed.</summary>
    private List<Trial> GoOn(List<Trial> trials, int count)
    {
        var best = Halving.Best([.. trials.Select(trial => (Badness(trial.Answers!.Value), trial.HeldOutLosses[^1]))], count);
        foreach (var (trial, i) in trials.Select((trial, i) => (trial, i)))
        {
            if (!best.Contains(i))
            {
                trial.Dispose();
            }
        }

        return [.. best.Select(i => trials[i])];
    }

    /// <summary>By the metric, of which a few images often give the same; then the loss tells.</summary>
    private double Badness(ImmutableArray<Answer> answers) => -Score.Gain(_request.Metric, Score.Of(_request.Metric, answers, _workspace.Run.Data.Classes.Length), other: 0);

    private static CandidateScore ScoreOf(Trial trial, ImmutableArray<Answer>? head, Comparison comparison)
    {
        var answers = trial.NotTried is null ? trial.Answers : null;
        return new()
        {
            Name = trial.Candidate.Name,
            Freeze = trial.Candidate.Freeze,
            Head = trial.Candidate.Spec.Model.Head,
            TrainableParameters = trial.Candidate.TrainableParameters,
            ModelBytes = trial.Candidate.ModelBytes,
            Cost = trial.Candidate.Cost,
            RunSeconds = trial.Estimate?.Seconds,
            NotTried = trial.NotTried,
            Epochs = trial.Epochs,
            FullEpochs = trial.FullEpochs,
            Score = answers is null ? null : comparison.ScoreOf(answers.Value),
            Gain = answers is null || head is null || trial.Candidate.IsHeadAlone ? null : comparison.GainOf(answers.Value, head.Value),
            TrainLoss = answers is null ? null : trial.TrainLosses[^1],
            HeldOutLoss = answers is null ? null : trial.HeldOutLosses[^1],
            Overfits = Rises(trial.HeldOutLosses) && !Rises(trial.TrainLosses),
        };
    }

    private static bool Rises(List<double> losses) => losses.Count > 1 && losses[^1] > losses[^2];
}
