using System.Runtime.ExceptionServices;
using DistributedFreeze.Coordination.Marks;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Groups;

/// <content>What becomes of a group that has lost members: who is left, where the run stands, and what it goes back to.</content>
internal sealed partial class ElasticGroup
{
    /// <summary>How long a replica may take to say where it stands, a step in flight included; then it counts as lost.</summary>
    private static readonly TimeSpan ReportTimeout = TimeSpan.FromMinutes(5);

    /// <summary>How often a replica is asked where it stands whose answers are lost on the way.</summary>
    private const int MostReports = 3;

    /// <summary>Finds out who is left and where the run stands, after a group broke.</summary>
    /// <param name="broken">What is known of the loss.</param>
    /// <param name="known">Where the run was known to stand.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Where the run stands.</returns>
    /// <exception cref="RunFailedException">Groups break again and again without one step done.</exception>
    public async Task<RunProgress> RecoverAsync(GroupBrokenException broken, RunProgress known, CancellationToken cancellationToken)
    {
        var progress = await SurveyAsync(broken, known, cancellationToken);
        if (RunCursor.Compare(progress, known) > 0)
        {
            _losses.Progressed(); // the window broke after some of its steps
        }

        if (broken.Lost is [_, ..] && broken.Lost.All(lost => lost.Reason.IsBusy))
        {
            return progress; // another run's device says nothing against this run
        }

        if (_losses.Broke(broken, DeathWords.PhaseOf(_spec, known.Phase)))
        {
            await KeepFirstSiloAsync();
        }

        return progress;
    }

    /// <summary>
    /// A loss is no number. Where the members hold different states one of them is damaged, and the run goes back to what is whole; where all hold
    /// the same, training has diverged. GPUs of one silo learn of it when they have gone on with it, and hold no state from before: then the run goes back
    /// once, and has diverged if it comes to the same again.
    /// </summary>
    /// <param name="diverged">How the run would fail.</param>
    /// <param name="known">Where the run was known to stand.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Where the run stands.</returns>
    /// <exception cref="RunFailedException">Training has diverged, or members are damaged again and again.</exception>
    public async Task<RunProgress> DoubtAsync(RunFailedException diverged, RunProgress known, CancellationToken cancellationToken)
    {
        var progress = await RecoverAsync(new(diverged.Message, []), known, cancellationToken);
        if (_doubt is not null)
        {
            return progress;
        }

        if (_allClaim || (_divergedAt is { } before && RunCursor.Compare(known, before) <= 0))
        {
            ExceptionDispatchInfo.Throw(diverged);
        }

        _divergedAt = known;
        _doubt = "a loss is not a number, and not every replica holds a state from before it: training diverges, or one of them is damaged";
        HasFoundLeftBehind = false;
        _roster.SetCurrent([]);
        return known;
    }

    /// <summary>Nobody holds the newest state: the run goes on from its newest checkpoint, or from its start, and says so.</summary>
    /// <param name="lost">Where the run was known to stand.</param>
    /// <returns>Where it stands now.</returns>
    public RunProgress GoBack(RunProgress lost)
    {
        var newest = CheckpointProgress.NewestWhole(_output, _spec, out var damage);
        var progress = newest ?? new();
        if (RunCursor.Compare(progress, lost) < 0 || _doubt is not null)
        {
            _publish(new RunEvent.SetBack(
                progress.Phase,
                progress.Epoch,
                progress.Step,
                newest is null ? "start" : "checkpoint",
                (_doubt ?? "no replica that is left holds the newest state") + (damage is null ? "" : $", and the checkpoint is no use: {damage}")));
            _doubt = null;
        }

        return progress;
    }

    private async Task<(bool Answered, ReplicaPosition? Position, ReplicaLostException? Reason)> PositionAsync(
        ReplicaHandle handle, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return (true, await handle.Replica.ReportAsync(cancellationToken).WaitAsync(ReportTimeout, _time, cancellationToken), null);
            }
            catch (ExchangeBrokenException) when (attempt < MostReports)
            {
                // Its answer was lost on the way, and nothing but the answer.
            }
            catch (ExchangeBrokenException reason)
            {
                return (false, null, new(reason.Message, reason) { IsUnreachable = true });
            }
            catch (ReplicaLostException reason)
            {
                return (false, null, reason);
            }
            catch (TimeoutException reason)
            {
                return (false, null, new("It does not say where it stands.", reason) { IsUnreachable = true });
            }
        }
    }

    /// <summary>
    /// A replica that cannot be reached is avoided; one whose device failed gives up all it holds and may try again, unless it fails every time and
    /// others do not.
    /// </summary>
    private async Task FailReplicaAsync(ReplicaHandle handle, ReplicaLostException reason)
    {
        _group = new(_group.Handles.Remove(handle), Generation);
        _whole = false;
        _lostAt = _time.GetTimestamp();
        Forget(handle);
        if (!reason.IsUnreachable)
        {
            _failures.Failed(handle.Device);
        }

        var isLeftOut = !reason.IsUnreachable && _failures.IsHopeless(handle.Device)
            && _pool.Granted.Any(other => !_failures.IsHopeless(other.Device));
        _pool.Lost(handle, reason.IsUnreachable || isLeftOut);
        _publish(new RunEvent.ReplicaLost(handle.Device, isLeftOut ? $"{reason.Message} It has failed each time and is left out for now." : reason.Message));
        if (!reason.IsUnreachable)
        {
            await ReleaseAsync(handle);
        }
    }

    private async Task<RunProgress> SurveyAsync(GroupBrokenException broken, RunProgress known, CancellationToken cancellationToken)
    {
        _whole = false;
        foreach (var (handle, reason) in broken.Lost)
        {
            await FailReplicaAsync(handle, reason);
        }

        var others = _leftBehind.AskAsync(_group.Handles, Generation, cancellationToken);
        await _group.BreakAsync();
        var positions = await Task.WhenAll(_group.Handles.Select(handle => PositionAsync(handle, cancellationToken)));
        var answers = _group.Handles.Zip(positions).ToLookup(answer => answer.Second.Answered);
        foreach (var (handle, (_, _, reason)) in answers[false])
        {
            await FailReplicaAsync(handle, reason!);
        }

        List<(ReplicaHandle Handle, ReplicaPosition? Position)> left = [.. answers[true].Select(answer => (answer.First, answer.Second.Position))];
        foreach (var (handle, position) in left)
        {
            _roster.RecordPhase(handle, position?.Base.Phase);
        }

        var survey = SurveyOf(left, known);
        if (survey.Doubt is null && (survey.Progress is null || RunCursor.Compare(survey.Progress, known) < 0))
        {
            left.AddRange(await others);
            survey = SurveyOf(left, known);
        }

        _doubt = survey.Doubt;
        _allClaim = left.All(answer => answer.Position is { StateHash: not null });
        var progress = survey.Progress ?? known;
        var current = survey.Current.Select(i => left[i]).ToLookup(holder => _group.Handles.Contains(holder.Handle));
        HasFoundLeftBehind = !current[true].Any() && current[false].Any();
        if ((HasFoundLeftBehind || RunCursor.Compare(progress, known) < 0)
            && CheckpointProgress.NewestWhole(_output, _spec, out _) is { } newest && RunCursor.Compare(progress, newest) < (HasFoundLeftBehind ? 1 : 0))
        {
            // Whoever is left stands further back than the newest checkpoint, or was left behind and brings nothing that it does not hold.
            HasFoundLeftBehind = false;
            _roster.SetCurrent([]);
            return known;
        }

        if (HasFoundLeftBehind)
        {
            TakeIn(current[false], progress, known);
        }
        else
        {
            _roster.SetCurrent(current[true].Select(holder => holder.Handle));
        }

        return progress;
    }

    private Survey SurveyOf(List<(ReplicaHandle Handle, ReplicaPosition? Position)> left, RunProgress known) =>
        Survey.Of([.. left.Select(answer => answer.Position)], known, _spec.Phases);

    /// <summary>
    /// No member holds the run's state, and those who were left behind do: they become members. Where their devices are not granted, the next
    /// group has them hand their state over before they go.
    /// </summary>
    private void TakeIn(IEnumerable<(ReplicaHandle Handle, ReplicaPosition? Position)> holders, RunProgress progress, RunProgress known)
    {
        foreach (var (handle, position) in holders)
        {
            _roster.RecordPhase(handle, position!.Base.Phase);
            _group = new(_group.Handles.Add(handle), Generation);
        }

        _roster.SetCurrent(holders.Select(holder => holder.Handle));
        if (RunCursor.Compare(progress, known) < 0)
        {
            _publish(new RunEvent.SetBack(
                progress.Phase, progress.Epoch, progress.Step, "left-behind", "no replica of the group holds the newest state"));
        }
    }

    /// <summary>Gives up every member that is on another silo than the first.</summary>
    private async Task KeepFirstSiloAsync()
    {
        foreach (var handle in _group.Handles.Where(handle => handle.Silo != _group.Handles[0].Silo).ToList())
        {
            await FailReplicaAsync(handle, new("Silos answer, but their exchange keeps breaking: they cannot reach one another.") { IsUnreachable = true });
        }
    }
}
