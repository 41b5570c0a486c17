using System.Collections.Immutable;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>What is stored of a run.</summary>
[GenerateSerializer, Immutable, Alias("df.run-record")]
public sealed record RunRecord
{
    /// <summary>What was submitted; null until it was.</summary>
    [Id(0)] public RunSubmission? Submission { get; init; }

    /// <summary>The run's state.</summary>
    [Id(1)] public RunState State { get; init; }

    /// <summary>Why it failed or was interrupted.</summary>
    [Id(2)] public string? Reason { get; init; }

    /// <summary>Where it stood when this was stored, without the epochs that are stored in pages.</summary>
    [Id(3)] public RunProgress Progress { get; init; } = new();

    /// <summary>What it did, once it has succeeded.</summary>
    [Id(4)] public Receipt? Receipt { get; init; }

    /// <summary>What was wrong with the input, where that is why it failed.</summary>
    [Id(5)] public ImmutableArray<Problem> Problems { get; init; } = [];

    /// <summary>When it was submitted.</summary>
    [Id(6)] public DateTimeOffset? SubmittedAt { get; init; }

    /// <summary>Number of its last event when this was stored.</summary>
    [Id(7)] public long LastEvent { get; init; }

    /// <summary>Number of its newest group of replicas; 0 before the first.</summary>
    [Id(8)] public int Generation { get; init; }

    /// <summary>Ids of that group's devices.</summary>
    [Id(9)] public ImmutableArray<string> Devices { get; init; } = [];

    /// <summary>What was asked of the run and not yet done.</summary>
    [Id(10)] public RequestedAction Wish { get; init; }

    /// <summary>When it ended; null while it has not.</summary>
    [Id(11)] public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Address of the silo that coordinated it when this was stored; null before it had replicas.</summary>
    [Id(12)] public string? Coordinator { get; init; }

    /// <summary>By which the writer knows this very write again; each has another one.</summary>
    [Id(13)] public Guid Stamp { get; init; }

    /// <summary>
    /// Coordinators in a row that had devices while the run stood where it stands, the present one included: each one before it was lost there.
    /// </summary>
    [Id(14)] public int Starts { get; init; }

    /// <summary>The memory that its replicas need; null where nobody has predicted it.</summary>
    [Id(15)] public MemoryNeed? Memory { get; init; }

    /// <summary>The epoch that was done last; null before the first, and in a record of a version that did not keep it.</summary>
    [Id(16)] public EpochResult? LatestEpoch { get; init; }

    /// <summary>The first epoch of the lowest validation loss, or training loss where nothing is validated; null where <see cref="LatestEpoch"/> is.</summary>
    [Id(17)] public EpochResult? BestEpoch { get; init; }

    /// <summary>The files that it left when it ended; null while it has not, and where that was not kept.</summary>
    [Id(18)] public ImmutableArray<Artefact>? Artefacts { get; init; }

    /// <summary>Epochs over all phases after which it pauses by itself; null where it does not.</summary>
    [Id(19)] public int? PauseAfterEpoch { get; init; }

    /// <summary>Why it is to be cancelled; null where it is not, or nobody has said.</summary>
    [Id(20)] public string? CancelReason { get; init; }

    /// <summary>The class of its newest group's devices; null before the first, and where that was not kept.</summary>
    [Id(21)] public string? DeviceClass { get; init; }

    /// <summary>Coordinators that may be lost in a row without the run getting any further. More would have it kill silo after silo.</summary>
    internal const int MostFruitlessStarts = 3;

    /// <summary>True where the run has been lost too often in one place to be tried again.</summary>
    internal bool IsGivenUp => Starts >= MostFruitlessStarts;

    /// <summary>True where the run has halted or ended in a way from which it can go on.</summary>
    internal bool CanResume => State is RunState.Paused or RunState.Interrupted or RunState.Failed;

    /// <summary>Epochs that are done, over all phases.</summary>
    internal int EpochsDone => EpochHistory.Count(Progress);

    /// <summary>Whether the run waits to be resumed now that its driver has left off.</summary>
    /// <param name="left">How that was: paused where it has come as far as it was to.</param>
    internal bool Pauses(RunState left) => (left, Wish) is (RunState.Interrupted or RunState.Paused, RequestedAction.Pause) or (RunState.Paused, RequestedAction.None);

    /// <summary>The run, queued again to go on from its checkpoint.</summary>
    /// <param name="pauseAfter">Epochs after which it pauses by itself; null leaves that as it was where the run has not reached it.</param>
    /// <returns>This very record where it cannot be resumed.</returns>
    internal RunRecord Resume(int? pauseAfter = null) => !CanResume ? this : this with
    {
        PauseAfterEpoch = pauseAfter ?? (PauseAfterEpoch > EpochsDone ? PauseAfterEpoch : null),
        CancelReason = null,
        State = RunState.Queued,
        Submission = Submission! with { Resume = true },
        Wish = RequestedAction.None,
        Reason = null,
        Problems = [],
        EndedAt = null,
        Devices = [],
        Coordinator = null,
        Starts = 0,
        Artefacts = null,
    };

    /// <summary>The run, with devices on which a coordinator is about to load or train: what kills its silo has done so after this was stored.</summary>
    internal RunRecord Start() => this with { Starts = Starts + 1 };

    /// <summary>The run, left by its coordinator in good order.</summary>
    internal RunRecord Leave() => this with { Starts = 0 };

    /// <summary>The run, halted to be resumed.</summary>
    /// <param name="progress">Where it stands.</param>
    internal RunRecord Pause(RunProgress progress) => Leave() with { State = RunState.Paused, Wish = RequestedAction.None, Progress = progress, Devices = [] };

    /// <summary>The run, ended.</summary>
    /// <param name="ended">How, as those who watch are told.</param>
    /// <param name="progress">Where it stands.</param>
    /// <param name="receipt">What it did; null unless it succeeded.</param>
    /// <param name="lastEvent">Number of the event that tells the end.</param>
    /// <param name="at">When it ended.</param>
    /// <param name="artefacts">The files that it leaves; null where they could not be read.</param>
    internal RunRecord End(
        RunEvent.Ended ended, RunProgress progress, Receipt? receipt, long lastEvent, DateTimeOffset at, ImmutableArray<Artefact>? artefacts = null) => this with
        {
            State = ended.State,
            Wish = RequestedAction.None,
            CancelReason = null,
            Progress = progress,
            Receipt = receipt,
            Reason = ended.Reason,
            Problems = ended.Problems,
            LastEvent = lastEvent,
            EndedAt = at,
            Devices = [],
            Artefacts = artefacts,
        };

    /// <summary>The run as it was told before its end: the event that tells it is on its way.</summary>
    internal RunRecord BeforeItsEnd() => this with { State = RunState.Queued, Receipt = null, Reason = null, Problems = [], EndedAt = null, Artefacts = null };

    /// <summary>The run, with what another coordinator would have to know to pick it up.</summary>
    /// <param name="snapshot">Where the run stands, and with whom.</param>
    /// <param name="lastEvent">Number of the last event that is stored.</param>
    /// <param name="coordinator">Address of the silo that coordinates it.</param>
    internal RunRecord Reach(RunSnapshot snapshot, long lastEvent, string coordinator) => this with
    {
        Coordinator = coordinator,
        Generation = snapshot.Generation,
        Devices = snapshot.Devices,
        DeviceClass = snapshot.DeviceClass ?? DeviceClass,
        Progress = snapshot.Progress,
        LastEvent = lastEvent,
        Starts = IsSamePlace(snapshot.Progress, Progress) ? Starts : 1,
    };

    private static bool IsSamePlace(RunProgress one, RunProgress other) => (one.Phase, one.Epoch, one.Step) == (other.Phase, other.Epoch, other.Step);

    /// <summary>The state as people see it: what is stored only says queued until the run ends.</summary>
    /// <param name="trains">Whether a phase has begun since it was queued.</param>
    /// <param name="queuePosition">Its place among those that wait for devices, from 1; 0 where it does not wait.</param>
    /// <param name="hasDevices">Whether its replicas own devices.</param>
    internal RunState StateNow(bool trains, int queuePosition, bool hasDevices) =>
        State != RunState.Queued ? State
        : trains ? RunState.Running
        : queuePosition > 0 || !hasDevices ? RunState.Queued
        : RunState.Preparing;

    /// <summary>What the run wants of the cluster's devices at first.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="now">Stands for the time of submission where that was not stored.</param>
    internal DeviceRequest Claim(string runId, DateTimeOffset now)
    {
        var (spec, _, priority) = Submission!;
        var least = Math.Min(spec.MinReplicas, spec.Shards);
        return new()
        {
            RunId = runId,
            Priority = priority,
            SubmittedAt = SubmittedAt ?? now,
            Least = least,
            Most = Math.Max(least, spec.Replicas ?? 1),
            Holding = Devices,
            Memory = Memory,
            Owner = Submission.Owner?.Name,
            OwnerIssuer = Submission.Owner?.Issuer,
            OwnerDevices = Submission.Owner?.Quota?.Devices,
            Device = PrecisionNeeds.DeviceOf(spec),
            Class = DeviceClass,
        };
    }
}
