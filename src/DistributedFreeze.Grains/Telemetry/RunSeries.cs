using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Telemetry;

/// <summary>What there is to measure of a run that this silo coordinates, added up from its events.</summary>
internal sealed record RunSeries
{
    private const int BytesPerFloat = 4;

    /// <summary>When this silo began to coordinate it.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended, was paused, or was left to another coordinator; null while it goes on.</summary>
    public DateTimeOffset? LeftAt { get; init; }

    /// <summary>When it last got on; null until it has devices.</summary>
    public DateTimeOffset? ProgressAt { get; init; }

    /// <summary>When the last checkpoint was written, or training began; null before.</summary>
    public DateTimeOffset? CheckpointAt { get; init; }

    /// <summary>The phase that it is in; null before the first.</summary>
    public RunEvent.PhaseStarted? Phase { get; init; }

    /// <summary>The last window; null before the first.</summary>
    public RunEvent.WindowDone? Window { get; init; }

    /// <summary>The last epoch that was scored, of this phase or of one before it; null where there is none.</summary>
    public EpochResult? Scored { get; init; }

    /// <summary>What people sort it by.</summary>
    public RunLabels Labels { get; init; } = RunLabels.None;

    public int Replicas { get; init; }

    /// <summary>True between a loss and the next group.</summary>
    public bool IsRegrouping { get; init; }

    public long Epochs { get; init; }

    public long Losses { get; init; }

    public long Stragglers { get; init; }

    public long Regroupings { get; init; }

    public long PickUps { get; init; }

    /// <summary>Sums by phase, from 0.</summary>
    public ImmutableSortedDictionary<int, PhaseSums> Sums { get; init; } = ImmutableSortedDictionary<int, PhaseSums>.Empty;

    /// <summary>What its replicas are doing.</summary>
    public string ReplicaState => IsRegrouping ? "regrouping" : Phase is null ? "preparing" : "training";

    /// <param name="happened">What happened to the run.</param>
    /// <param name="now">When.</param>
    public RunSeries After(RunEvent happened, DateTimeOffset now) => happened switch
    {
        RunEvent.Ended or RunEvent.Paused => Left(now),
        _ => (this with { LeftAt = null }).With(happened, now),
    };

    /// <summary>The series, with what was scored before this silo began to coordinate the run.</summary>
    public RunSeries ScoredBefore(RunProgress progress) => this with { Scored = progress.Epochs is [.., var last] ? last : Scored };

    /// <summary>The run is nothing of this silo's any more.</summary>
    public RunSeries Left(DateTimeOffset now) => this with
    {
        LeftAt = LeftAt ?? now,
        ProgressAt = null,
        CheckpointAt = null,
        Phase = null,
        Window = null,
        Scored = null,
        Replicas = 0,
        IsRegrouping = false,
    };

    private RunSeries With(RunEvent happened, DateTimeOffset now) => happened switch
    {
        RunEvent.Prepared prepared => this with { Replicas = prepared.Replicas, IsRegrouping = false, ProgressAt = now },
        RunEvent.PhaseStarted phase => this with { Phase = phase, Window = null, ProgressAt = now, CheckpointAt = CheckpointAt ?? now },
        RunEvent.WindowDone window => this with { Window = window, ProgressAt = now, Sums = Sums.SetItem(window.Phase, SumsWith(window)) },
        RunEvent.EpochDone epoch => this with { Epochs = Epochs + 1, Scored = epoch.Result, ProgressAt = now },
        RunEvent.CheckpointWritten => this with { CheckpointAt = now, ProgressAt = now },
        RunEvent.ReplicaLost => this with { Losses = Losses + 1, Replicas = Math.Max(0, Replicas - 1), IsRegrouping = true },
        RunEvent.Straggler => this with { Stragglers = Stragglers + 1 },
        RunEvent.Regrouped group => this with
        {
            Replicas = group.Devices.Length,
            Regroupings = Regroupings + (IsRegrouping ? 1 : 0),
            IsRegrouping = false,
            ProgressAt = now,
        },
        RunEvent.PickedUp => this with { PickUps = PickUps + 1, ProgressAt = now },
        _ => this,
    };

    private PhaseSums SumsWith(RunEvent.WindowDone window)
    {
        var (images, steps, exchanged, saved) = Sums.GetValueOrDefault(window.Phase, new(0, 0, 0, 0));

        // Each replica gives what a step exchanges to the others; one alone keeps it to itself.
        var vectors = Replicas > 1 ? (long)window.WindowSteps * Replicas : 0;
        return new(
            images + window.WindowImages,
            steps + window.WindowSteps,
            exchanged + vectors * (Phase?.AllReduceBytes ?? 0),
            saved + vectors * BytesPerFloat * (Phase?.FrozenParameters ?? 0));
    }
}

/// <summary>What a phase's windows add up to.</summary>
/// <param name="Images">Images trained on.</param>
/// <param name="Steps">Optimizer steps.</param>
/// <param name="ExchangedBytes">Gradient bytes that the replicas gave to one another.</param>
/// <param name="SavedBytes">Bytes beyond that, had nothing been frozen.</param>
internal sealed record PhaseSums(long Images, long Steps, long ExchangedBytes, long SavedBytes);
