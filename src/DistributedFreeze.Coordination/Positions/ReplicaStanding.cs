using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Positions;

/// <summary>Where a replica's state stands in its run, or that it holds none: a position is claimed only for state that is held.</summary>
/// <remarks>It knows no tensor: whoever changes the state says so here, before and after. Not thread-safe.</remarks>
/// <param name="phases">The run's phases.</param>
/// <param name="stepsPerEpoch">Steps of every epoch.</param>
internal sealed class ReplicaStanding(ImmutableArray<PhaseSpec> phases, int stepsPerEpoch)
{
    private readonly StepLog _steps = new();
    private int? _copied;
    private RunProgress? _base;
    private int? _phase;
    private bool _isFresh = true;
    private (int Generation, int Phase, int Epoch, int Step, ReplicaWork Work) _begun = (-1, 0, 0, 0, ReplicaWork.Entry);

    /// <summary>The phase that it is in, from 0; null where it is in none.</summary>
    public int? Phase => _phase;

    /// <summary>Where the state stands: a step counts once it is applied. Null where no state of the run is held.</summary>
    public RunProgress? Stand => _base is { } known && _steps.Report is { } since ? WindowTally.Add(known, since) : _base;

    /// <summary>Which of the run's states is held; -1 for none.</summary>
    public long Number => Stand is { } stand ? StateNumber(stand) : -1;

    /// <summary>The steps since the last window began; null for none.</summary>
    public WindowReport? Since => _steps.Report;

    /// <summary>Whether the state is that of a run which stands somewhere.</summary>
    /// <param name="progress">Where the run stands.</param>
    public bool Holds(RunProgress progress) => Stand is { } stand && StateNumber(stand) == StateNumber(progress);

    /// <summary>Whether the state is that of which an order speaks, in the phase that it speaks of.</summary>
    /// <param name="progress">Where the run stands by the order.</param>
    public bool IsAt(RunProgress progress) => progress.Phase == _phase && Holds(progress);

    /// <summary>What the replica claims; null where it holds no state of the run.</summary>
    /// <param name="hash">Hashes the state that is held.</param>
    public ReplicaPosition? Claim(Func<string> hash) => _base is not { } known ? null : new()
    {
        Base = known,
        Since = _steps.Report,
        StateHash = hash(),
        StepsPerEpoch = stepsPerEpoch,
    };

    /// <summary>The replica leaves its phase for one in which a run stands somewhere; nothing is held until it has entered.</summary>
    /// <param name="progress">Where the run stands.</param>
    /// <returns>What becomes of the state that is in memory.</returns>
    public PhaseEntry Leave(RunProgress progress)
    {
        // The optimizer's state begins anew with a phase: in its middle, no state of the phase before is the run's.
        var holds = progress is { Epoch: 0, Step: 0 } && (_phase is null ? _isFresh && RunCursor.IsStart(progress) : Holds(progress));
        LetGo();
        _phase = null;
        return holds ? PhaseEntry.Keeps : RunCursor.IsStart(progress) ? PhaseEntry.BeginsAnew : PhaseEntry.WaitsForState;
    }

    /// <summary>The replica has entered a phase.</summary>
    /// <param name="phase">The phase, from 0.</param>
    /// <param name="entry">What has become of its state.</param>
    /// <param name="progress">Where the run stands.</param>
    public void Enter(int phase, PhaseEntry entry, RunProgress progress)
    {
        _phase = phase;
        _isFresh = false;
        _copied = null;
        _base = entry == PhaseEntry.WaitsForState ? null : progress;
    }

    /// <summary>Whether the state is to be copied now, since it is the best epoch's, and none else will hold it later.</summary>
    /// <param name="told">Where the run stands, as it is told by whoever knows the best epoch.</param>
    /// <exception cref="ReplicaLostException">The best epoch's weights are needed, and are neither the state that is held nor copied.</exception>
    public bool MustCopy(RunProgress told)
    {
        if (!BestSoFar.IsNeeded(told, phases) || told.Best!.Epoch == _copied)
        {
            return false;
        }

        if (!BestSoFar.IsHere(told))
        {
            throw new ReplicaLostException($"It does not hold the weights of phase {told.Phase + 1}, epoch {told.Best.Epoch + 1}, the best one so far.");
        }

        return true;
    }

    /// <summary>The state has been copied, as <see cref="MustCopy"/> said.</summary>
    /// <param name="told">Where the run stands.</param>
    public void Copied(RunProgress told) => _copied = told.Best!.Epoch;

    /// <summary>Refuses what comes late, or a second time: within a group no run goes back, and nobody does a window or a broadcast twice.</summary>
    /// <remarks>Done once more, it would wait in the exchange for members that have long finished it, or meet them in a later step.</remarks>
    /// <param name="generation">The group that an order is for.</param>
    /// <param name="place">Where the run stands by the order, or by the checkpoint that is to be loaded.</param>
    /// <param name="work">What is ordered.</param>
    /// <exception cref="ReplicaLostException">In this group, or in a newer one, that or what follows it has begun there or further on.</exception>
    public void RequireAhead(int generation, RunProgress place, ReplicaWork work)
    {
        if (PlaceOf(generation, place, work).CompareTo(_begun) <= 0)
        {
            throw new ReplicaLostException(
                $"It has gone on since: an order of group {generation} came late, for phase {place.Phase + 1}, epoch {place.Epoch + 1}, step {place.Step + 1}.");
        }
    }

    /// <summary>A window begins.</summary>
    /// <exception cref="ReplicaLostException">The state is not that at which the window begins.</exception>
    public void Begin(WindowOrder order)
    {
        if (order.Phase != _phase || !Holds(order.Progress))
        {
            throw new ReplicaLostException(
                $"It does not hold the state of phase {order.Phase + 1}, epoch {order.Epoch + 1}, step {order.FirstStep + 1}.");
        }

        _base = order.Progress;
        _begun = PlaceOf(order.Generation, order.Progress, ReplicaWork.Window);
        _steps.Clear();
    }

    /// <summary>The run's state is about to be broadcast: a replica that holds another one lets go of it.</summary>
    /// <param name="order">The broadcast.</param>
    /// <param name="isRoot">Whether this replica sends.</param>
    /// <returns>Whether the replica takes the state over; otherwise it holds it.</returns>
    /// <exception cref="ReplicaLostException">It is to send a state that it does not hold.</exception>
    public bool BeginBroadcast(BroadcastOrder order, bool isRoot)
    {
        if (isRoot)
        {
            RequireFor(order.Progress);
        }

        _begun = PlaceOf(order.Generation, order.Progress, ReplicaWork.Broadcast);
        if (IsAt(order.Progress))
        {
            return false;
        }

        LetGo();
        return true;
    }

    /// <summary>A step is about to be applied: what breaks in the middle of that leaves neither the last state nor the next one.</summary>
    public void Applying() => _base = null;

    /// <summary>A step of the window is applied.</summary>
    /// <param name="order">The window.</param>
    /// <param name="loss">The step's loss.</param>
    /// <param name="correct">Images that were classified correctly.</param>
    /// <param name="samples">Images of the step.</param>
    /// <param name="computedSoFar">Features computed since the window began.</param>
    /// <param name="readSoFar">Features read since then.</param>
    public void Applied(WindowOrder order, float loss, int correct, int samples, long computedSoFar, long readSoFar)
    {
        _steps.Add(loss, correct, samples, computedSoFar, readSoFar);
        _base = order.Progress;
    }

    /// <exception cref="ReplicaLostException">The state is not that of which a checkpoint, a broadcast or the phase's end was asked.</exception>
    public void RequireFor(RunProgress asked)
    {
        if (!IsAt(asked))
        {
            throw new ReplicaLostException(
                $"It does not hold the state of phase {asked.Phase + 1}, epoch {asked.Epoch + 1}, step {asked.Step + 1}, which was asked for.");
        }
    }

    /// <summary>No state of the run is held from here on: it is about to be overwritten.</summary>
    public void LetGo()
    {
        _base = null;
        _copied = null;
        _steps.Clear();
    }

    /// <summary>The state is that of a checkpoint, or of the phase's end, from here on.</summary>
    /// <param name="progress">Where it stands; the best epoch's weights are copied where they are still needed.</param>
    public void GoOnFrom(RunProgress progress)
    {
        _base = progress;
        _copied = BestSoFar.IsNeeded(progress, phases) ? progress.Best!.Epoch : null;
        _steps.Clear();
    }

    private static (int Generation, int Phase, int Epoch, int Step, ReplicaWork Work) PlaceOf(int generation, RunProgress progress, ReplicaWork work) =>
        (generation, progress.Phase, progress.Epoch, progress.Step, work);

    private long StateNumber(RunProgress progress) => RunCursor.StateNumber(progress, phases, stepsPerEpoch);
}

/// <summary>What a replica is ordered to do where a run stands, in the order in which that comes.</summary>
internal enum ReplicaWork
{
    /// <summary>To enter the phase, or to take over a checkpoint in it.</summary>
    Entry,

    /// <summary>To send or take over the run's state.</summary>
    Broadcast,

    /// <summary>To train.</summary>
    Window,
}

/// <summary>What becomes of a replica's state when it enters a phase.</summary>
internal enum PhaseEntry
{
    /// <summary>It is the state with which the phase begins.</summary>
    Keeps,

    /// <summary>It is made anew: the run stands at its start, where nothing is loaded but the base.</summary>
    BeginsAnew,

    /// <summary>It is made anew, too, and none of the run's until a checkpoint has been taken over.</summary>
    WaitsForState,
}
