using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;
using DistributedFreeze.Sweeps;

namespace DistributedFreeze.Client;

/// <summary>One sweep on a cluster: every trial is a run, which the cluster queues, places and brings as far as it is asked to. To be used once.</summary>
/// <remarks>
/// Nothing is kept here. Where a trial stands says its run, which ones go on after a comparison follows from their epochs, and ids of runs from what they train: whoever asks the
/// same again goes on.
/// </remarks>
internal sealed class AskedSweep(IGrainFactory grains, TimeProvider time, SweepRequest request, IProgress<SweepProgress>? progress, TimeSpan retryTimeout)
{
    /// <summary>A coordinator answers a reader within three seconds, with events or without. A client is not told that one has died with its call.</summary>
    private static readonly TimeSpan LongestRead = TimeSpan.FromSeconds(6);

    /// <summary>Runs that are waited for at a time; the others are known at once when it is their turn.</summary>
    private const int Watched = 16;

    /// <summary>More epochs than any trial has.</summary>
    private const int ToTheEnd = int.MaxValue;

    private readonly ClusterCalls _calls = new(time);
    private readonly ImmutableArray<SweepRun> _runs = SweepRun.Of(request);
    private readonly TrialResult[] _results = [.. request.Trials.Select(_ => new TrialResult())];
    private readonly RunStatus?[] _seen = new RunStatus?[request.Trials.Length];
    private readonly Lock _telling = new();
    private readonly int _allEpochs = (int)Math.Min(int.MaxValue, Rungs.MostEpochs(request.Halving, Lengths(request)));

    /// <inheritdoc cref="IDistributedFreezeClient.SweepAsync"/>
    public async Task<SweepResult> AnswerAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CompareAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The runs go on, and whoever asks again finds them.
        }

        return Result();
    }

    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        var rungs = Rungs.Of(request.Halving, Lengths(request).Max());
        List<int> alive = [.. Enumerable.Range(0, _runs.Length)];
        await SubmitAsync(rungs.IsEmpty ? ToTheEnd : rungs[0], cancellationToken);
        for (var at = 0; at < rungs.Length; at++)
        {
            var rung = rungs[at];
            await WaitAsync(alive, rung, cancellationToken);
            await LookAgainAsync(alive, cancellationToken);
            if (!alive.TrueForAll(i => HasCome(_seen[i]!, rung)))
            {
                return; // one was interrupted by others, and nobody can say yet which ones go on
            }

            var promoted = Rungs.GoOn(request.Metric, [.. alive.Select(i => (AtRung(i, rung), _runs[i].Spec.Phases))], rung, request.Halving!.Factor).Select(place => alive[place]).ToList();
            foreach (var i in alive.Except(promoted))
            {
                await StopAsync(i, rung, $"it was not among the {promoted.Count} of {alive.Count} {Behind(rung)}", cancellationToken);
            }

            alive = promoted;
            foreach (var i in alive)
            {
                await GoOnAsync(i, at + 1 < rungs.Length ? rungs[at + 1] : ToTheEnd, cancellationToken);
            }
        }

        await WaitAsync(alive, ToTheEnd, cancellationToken);
    }

    private static List<int> Lengths(SweepRequest request) => [.. request.Trials.Select(trial => trial.Spec.Phases.Sum(phase => phase.Epochs))];

    /// <summary>One after another, which is the order of the queue.</summary>
    private async Task SubmitAsync(int until, CancellationToken cancellationToken)
    {
        foreach (var run in _runs)
        {
            var submission = new RunSubmission(run.Spec, Resume: false);
            await DoAsync(run.Id, grain => until == ToTheEnd ? grain.StartAsync(submission) : grain.StartUntilAsync(submission, until), cancellationToken);
        }
    }

    /// <summary>Waits for trials until each has ended or trained so many epochs.</summary>
    private Task WaitAsync(List<int> trials, int epochs, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        trials.Where(i => !_results[i].IsOver),
        new ParallelOptions { MaxDegreeOfParallelism = Watched, CancellationToken = cancellationToken },
        async (i, stop) => await WaitAsync(i, epochs, stop));

    /// <summary>Those that came first may have waited for hours: others may have cancelled or paused them since.</summary>
    private Task LookAgainAsync(List<int> trials, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        trials.Where(i => !_results[i].IsOver),
        new ParallelOptions { MaxDegreeOfParallelism = Watched, CancellationToken = cancellationToken },
        async (i, stop) =>
        {
            var status = await LookAsync(i, stop);
            if (status.State.IsFinal())
            {
                Know(i, ResultOf(status, await AskAsync(i, run => run.ReadAllEpochsAsync(), stop)));
            }
        });

    private async Task<RunStatus> LookAsync(int i, CancellationToken cancellationToken)
    {
        var status = await AskAsync(i, run => run.GetStatusAsync(), cancellationToken);
        Tell(i, status);
        return status;
    }

    private async Task WaitAsync(int i, int epochs, CancellationToken cancellationToken)
    {
        for (var last = 0L; ;)
        {
            var status = await LookAsync(i, cancellationToken);
            if (HasCome(status, epochs) || status.State.IsFinal())
            {
                var trained = await AskAsync(i, run => run.ReadAllEpochsAsync(), cancellationToken);
                RequireMetric(trained);
                Know(i, ResultOf(status, trained));
                return;
            }

            if (IsPausedByItself(status))
            {
                await GoOnAsync(i, epochs, cancellationToken); // an earlier attempt was lost before it said so, or was to compare elsewhere
            }

            last = await NewsAsync(i, Math.Max(last, status.LastEvent), cancellationToken);
        }
    }

    /// <summary>Waits for an event after which a trial may stand elsewhere, for seconds: the last one of a silo that died may never come, and the status tells all the same.</summary>
    /// <returns>The number of the newest event.</returns>
    private async Task<long> NewsAsync(int i, long after, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = after;
            var events = await AskAsync(i, run => run.ReadEventsAsync(read).WaitAsync(LongestRead, time), cancellationToken);
            after = events is [.., var newest] ? newest.Sequence : after;
            if (events.IsEmpty || events.Any(happened => happened is RunEvent.EpochDone or RunEvent.Paused or RunEvent.Ended))
            {
                return after;
            }
        }
    }

    /// <summary>Whether a trial can be compared after so many epochs: it waits there, or has gone on from there already. One that is about to pause cannot be told to go on yet.</summary>
    private static bool HasCome(RunStatus status, int epochs) =>
        status.State is RunState.Paused or RunState.Interrupted ? status.EpochsDone >= epochs
        : status.State.IsFinal() || status.EpochsDone > epochs || (status.EpochsDone == epochs && IsToPassBy(status, epochs));

    /// <summary>Whether a trial is not to pause after so many epochs: it was told to go on from there.</summary>
    private static bool IsToPassBy(RunStatus status, int epochs) => status.PauseAfterEpoch is null || status.PauseAfterEpoch > epochs;

    /// <summary>Not at somebody's request, who will let it go on.</summary>
    private static bool IsPausedByItself(RunStatus status) => status.State == RunState.Paused && status.PauseAfterEpoch <= status.EpochsDone;

    private async Task GoOnAsync(int i, int until, CancellationToken cancellationToken)
    {
        if (IsPausedByItself(await LookAsync(i, cancellationToken)))
        {
            await TryAsync(i, run => until == ToTheEnd ? run.ResumeAsync() : run.ResumeUntilAsync(until), cancellationToken);
        }
    }

    private async Task StopAsync(int i, int rung, string reason, CancellationToken cancellationToken)
    {
        if (_seen[i] is { } status && !status.State.IsFinal())
        {
            await TryAsync(i, run => run.CancelBecauseAsync(reason), cancellationToken);
        }

        if (!_results[i].IsOver || (_results[i].State == TrialState.Stopped && HasLaggedBehind(i, rung)))
        {
            Know(i, _results[i] with { State = TrialState.Stopped, Reason = null });
        }
    }

    /// <summary>A run that has ended meanwhile needs nothing more: the next look says how.</summary>
    /// <exception cref="InvalidInputException">The run could go on, and may not.</exception>
    private async Task TryAsync(int i, Func<IRunGrain, Task> call, CancellationToken cancellationToken)
    {
        try
        {
            await DoAsync(_runs[i].Id, call, cancellationToken);
        }
        catch (InvalidInputException)
        {
            if ((await LookAsync(i, cancellationToken)).State == RunState.Paused)
            {
                throw;
            }
        }
    }

    /// <summary>What counts at a comparison: who failed or was cancelled by others before it went on from there is out.</summary>
    private TrialResult AtRung(int i, int rung)
    {
        var result = _results[i];
        var isOut = result.State is TrialState.Stopped or TrialState.Failed && result.Epochs.Length <= rung
            && !(result.Epochs.Length == rung && (IsToPassBy(_seen[i]!, rung) || HasLaggedBehind(i, rung)));
        return isOut ? result with { State = TrialState.Failed, Epochs = [.. result.Epochs.Take(rung - 1)] } : result;
    }

    /// <summary>Whether it was this sweep that cancelled a trial, after so many epochs.</summary>
    private bool HasLaggedBehind(int i, int rung) => _seen[i]?.State == RunState.Cancelled && _results[i].Reason is { } reason && reason.Contains(Behind(rung), StringComparison.Ordinal);

    private string Behind(int rung) => $"trials of sweep {request.Name} that go on after {rung} {(rung == 1 ? "epoch" : "epochs")}";

    /// <exception cref="InvalidInputException">There is nothing to compare trials by.</exception>
    private void RequireMetric(ImmutableArray<EpochResult> epochs)
    {
        if (epochs is [.., var last] && TrialScore.Of(request.Metric, last) is null)
        {
            throw new InvalidInputException(
                "data.validation_share",
                last.ValidationLoss is null
                    ? "must be above 0, or the data must have a val folder: trials are compared on validation images"
                    : $"cannot be used: the cluster's silos are of an earlier version, which does not measure {RunEnums.NameOf(request.Metric)}");
        }
    }

    private static TrialResult ResultOf(RunStatus status, ImmutableArray<EpochResult> epochs)
    {
        var known = new TrialResult { Epochs = epochs, Seconds = epochs.Sum(epoch => epoch.Seconds) };
        return status.State switch
        {
            RunState.Succeeded when status.Receipt is { } receipt => new()
            {
                State = TrialState.Finished,
                Epochs = receipt.Epochs,
                ModelSha256 = receipt.ModelSha256,
                Inputs = new(receipt.DataSha256, receipt.BaseSha256, receipt.Parent?.ModelSha256),
                Seconds = receipt.Seconds,
            },
            RunState.Failed => known with { State = TrialState.Failed, Reason = status.Reason },
            RunState.Cancelled => known with { State = TrialState.Stopped, Reason = status.Reason ?? "its run was cancelled" },
            RunState.Interrupted => known with { Reason = status.Reason ?? "its run was interrupted" },
            _ => known,
        };
    }

    private SweepResult Result()
    {
        var isWhole = _results.All(result => result.IsOver);
        ImmutableArray<SweptTrial> trials = [.. _runs.Select((run, i) => new SweptTrial(run.Name, run.Id, _results[i], _seen[i]))];
        var first = TrialScore.Ranking(request.Metric, [.. _runs.Select((run, i) => (_results[i], run.Spec.Phases))])[0];
        return new() { IsWhole = isWhole, Trials = trials, Best = isWhole && trials[first].Result.State == TrialState.Finished ? trials[first] : null };
    }

    private void Know(int i, TrialResult result)
    {
        lock (_telling)
        {
            _results[i] = result;
            TellAll();
        }
    }

    private void Tell(int i, RunStatus status)
    {
        lock (_telling)
        {
            var isNews = _seen[i]?.EpochsDone != status.EpochsDone;
            _seen[i] = status;
            if (isNews)
            {
                TellAll();
            }
        }
    }

    private void TellAll() =>
        progress?.Report(new(SweepStage.Trials, (int)Math.Min(_allEpochs, _seen.Sum(status => (long)(status?.EpochsDone ?? 0))), _allEpochs, [.. _results]));

    private Task<T> AskAsync<T>(int i, Func<IRunGrain, Task<T>> ask, CancellationToken cancellationToken) =>
        _calls.InsistAsync(() => ask(grains.GetGrain<IRunGrain>(_runs[i].Id)), retryTimeout, cancellationToken);

    /// <exception cref="ClusterUnavailableException">The cluster does not answer, or its silos know no runs that pause after an epoch.</exception>
    private async Task DoAsync(string runId, Func<IRunGrain, Task> call, CancellationToken cancellationToken)
    {
        try
        {
            await _calls.InsistAsync(DoneAsync, retryTimeout, cancellationToken);
        }
        catch (UnknownMethodException old)
        {
            throw new ClusterUnavailableException(
                "The cluster's silos are of an earlier version, which cannot let a run wait after an epoch: upgrade all of them, or sweep without halving.", old.InnerException!);
        }

        async Task<bool> DoneAsync()
        {
            try
            {
                await call(grains.GetGrain<IRunGrain>(runId));
                return true;
            }
            catch (Exception unknown) when (ClusterCalls.IsUnknownMethod(unknown))
            {
                throw new UnknownMethodException(unknown); // to ask again would not help
            }
        }
    }

    private sealed class UnknownMethodException(Exception reason) : Exception(reason.Message, reason);
}
