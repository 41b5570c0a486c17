using System.Collections.Immutable;

namespace DistributedFreeze.Telemetry;

/// <summary>Everything that silos measure. Dashboards and alerts are checked against this list.</summary>
/// <remarks>
/// Labels stay few: a run's id, its phase (from 1, as people count), a device's name within its silo, and words of a fixed list; those that people give a run, at
/// most 16, stand in one series of it. What bears a
/// run's id goes when the run ends: gauges at once, counters some minutes later, so that the last values are seen. A series of a counter begins
/// at 0 whenever it is first read, so that a rise is one from its first moment; a run that moves is counted from 0 by the next silo.
/// </remarks>
public static class Measures
{
    /// <summary>Name of the meter, and of the source of traces.</summary>
    public const string Meter = "DistributedFreeze";

    private static readonly ImmutableArray<Measure>.Builder Built = ImmutableArray.CreateBuilder<Measure>();

    /// <summary>A run and its labels.</summary>
    public static Measure RunInfo { get; } = Gauge(
        "run.info", null,
        "Always 1: a run that has devices, with label_NAME for each of its labels, to be joined to other metrics by run.",
        "run");

    /// <summary>Parameters of a run's current phase; state is trainable or frozen.</summary>
    public static Measure RunParameters { get; } =
        Gauge("run.parameters", "{parameter}", "Parameters of a run's current phase, by state: trainable or frozen.", "run", "phase", "state");

    /// <summary>Version of the freeze mask.</summary>
    public static Measure RunMaskVersion { get; } =
        Gauge("run.mask.version", "{version}", "Version of the freeze mask that a run's replicas hold.", "run", "phase");

    /// <summary>Layers before the boundary.</summary>
    public static Measure RunBoundaryDepth { get; } = Gauge(
        "run.boundary.depth", "{layer}",
        "Layers of the base that lie before the boundary, and are constant for the phase.",
        "run", "phase");

    /// <summary>Images trained on.</summary>
    public static Measure RunImages { get; } = Counter(
        "run.images", "{image}",
        "Images that a run has trained on; one counts in every epoch.",
        "run", "phase");

    /// <summary>Optimizer steps.</summary>
    public static Measure RunSteps { get; } = Counter("run.steps", "{step}", "Optimizer steps that a run has made.", "run", "phase");

    /// <summary>How long steps take, over all runs.</summary>
    public static Measure StepDuration { get; } = Histogram(
        "step.duration", "s",
        "How long an optimizer step of a run takes, of all runs that a silo coordinates: the mean of its window, counted once for each step.");

    /// <summary>Finished epochs.</summary>
    public static Measure RunEpochs { get; } = Counter("run.epochs", "{epoch}", "Epochs that a run has trained and validated.", "run");

    /// <summary>Rate of the last window.</summary>
    public static Measure RunThroughput { get; } = Gauge(
        "run.throughput", "{image}/s",
        "Training images per second of a run's last window.",
        "run", "phase");

    /// <summary>Loss of the epoch so far.</summary>
    public static Measure RunLoss { get; } = Gauge("run.loss", null, "Mean training loss of a run's current epoch so far.", "run", "phase");

    /// <summary>Accuracy of the epoch so far, 0 to 1.</summary>
    public static Measure RunAccuracy { get; } = Gauge(
        "run.accuracy", "1",
        "Training accuracy of a run's current epoch so far, 0 to 1.",
        "run", "phase");

    /// <summary>Loss over the validation images.</summary>
    public static Measure RunValidationLoss { get; } = Gauge(
        "run.validation.loss", null, "Mean loss over a run's validation images after its last epoch that was scored.", "run", "phase");

    /// <summary>Accuracy over the validation images, 0 to 1.</summary>
    public static Measure RunValidationAccuracy { get; } = Gauge(
        "run.validation.accuracy", "1",
        "Share of a run's validation images that its last scored epoch left classified correctly, 0 to 1.",
        "run", "phase");

    /// <summary>Learning rate of the last step.</summary>
    public static Measure RunLearningRate { get; } =
        Gauge("run.learning_rate", null, "Learning rate of the last step of a run, for the layers of the base that train.", "run", "phase");

    /// <summary>Bytes exchanged.</summary>
    public static Measure RunExchangeBytes { get; } = Counter(
        "run.exchange.io", "By",
        "Gradients that a run's replicas gave to one another, 4 bytes a number, also where bf16 or a shared silo makes it less; a replica alone gives none.",
        "run", "phase");

    /// <summary>Bytes that freezing saved.</summary>
    public static Measure RunExchangeSaved { get; } = Counter(
        "run.exchange.saved", "By",
        "Bytes that the same exchanges would have taken beyond that, had nothing been frozen.",
        "run", "phase");

    /// <summary>Replicas of a run; state is preparing, training or regrouping.</summary>
    public static Measure RunReplicas { get; } =
        Gauge("run.replicas", "{replica}", "Replicas of a run, by state: preparing, training, or regrouping after a loss.", "run", "state");

    /// <summary>Lost replicas.</summary>
    public static Measure RunLosses { get; } = Counter("run.replica.losses", "{replica}", "Replicas that a run has lost.", "run");

    /// <summary>Recoveries; kind is regrouped or picked_up.</summary>
    public static Measure RunRecoveries { get; } = Counter(
        "run.recoveries", "{recovery}",
        "Times that a run went on after a loss, by kind: regrouped without a replica, or picked_up without its coordinator.",
        "run", "kind");

    /// <summary>Stragglers.</summary>
    public static Measure RunStragglers { get; } = Counter(
        "run.stragglers", "{replica}", "Replicas of a run that were found to take several times as long as the others, who wait for them.", "run");

    /// <summary>When this silo began to coordinate a run.</summary>
    public static Measure RunStart { get; } =
        Gauge("run.start.timestamp", "s", "When this silo began to coordinate a run, in seconds since 1970.", "run");

    /// <summary>When a run last got on.</summary>
    public static Measure RunProgress { get; } = Gauge(
        "run.progress.timestamp", "s", "When a run that has devices last did a window, an epoch or a checkpoint, in seconds since 1970.", "run");

    /// <summary>Time since the last checkpoint.</summary>
    public static Measure RunCheckpointAge { get; } =
        Gauge("run.checkpoint.age", "s", "Time since a run's last checkpoint, or since it began to train.", "run");

    /// <summary>Time between two checkpoints, as set.</summary>
    public static Measure CheckpointInterval { get; } =
        Gauge("checkpoint.interval", "s", "Least time that this silo's coordinators leave between two checkpoints of a run.");

    /// <summary>Runs that ended; reason is none, input, divergence, frozen_drift or other.</summary>
    public static Measure RunsEnded { get; } = Counter(
        "run.ended", "{run}",
        "Runs that ended, by state: succeeded, failed, interrupted or cancelled; and failed ones by reason: input that the submitter has to mend, divergence of training, frozen_drift, storage that cannot be read or written, other; none for those that did not fail.",
        "state", "reason");

    /// <summary>Frozen layers that changed; always 0.</summary>
    public static Measure FrozenDrift { get; } = Counter(
        "frozen.drift", "{layer}",
        "Frozen layers that were found changed when a run was to end. Anything but 0 is a defect of the program or of the hardware.");

    /// <summary>A replica's time by part of a step.</summary>
    public static Measure ReplicaStepTime { get; } = Counter(
        "replica.step.time", "s",
        "Where a replica's time in steps went, by part: read, prefix, tail_forward, tail_backward, exchange, apply.",
        "run", "device", "part");

    /// <summary>A replica's images; features is read or computed.</summary>
    public static Measure ReplicaImages { get; } = Counter(
        "replica.images", "{image}",
        "Training images of a replica, by features: read from where they were kept, or computed.",
        "run", "device", "features");

    /// <summary>Devices of a silo; state is free, busy, aside or leaving.</summary>
    public static Measure Devices { get; } = Gauge(
        "devices", "{device}",
        "Devices of this silo, by state: free, busy, aside or leaving.",
        "state");

    /// <summary>Runs that wait for devices; reason is devices, quota or size.</summary>
    public static Measure QueueLength { get; } = Gauge(
        "queue.length", "{run}",
        "Runs that wait for devices, by reason: devices that are free, the quota of their owner, or their size, which is more than there are devices; only the silo that hosts the scheduler says so.",
        "reason");

    /// <summary>How long the first of them has waited.</summary>
    public static Measure QueueLongestWait { get; } = Gauge(
        "queue.wait.longest", "s",
        "How long the run that has waited longest waits for devices, not counting while its owner's quota keeps it, since the scheduler came to the silo that says so at most; 0 where none waits.");

    /// <summary>Calls of the store that failed; operation is read, write, clear or ask.</summary>
    public static Measure StoreFailures { get; } = Counter(
        "store.failures", "{call}",
        "Calls of the store of state that failed, by operation: read, write, clear, or ask for the question whether it is there, twice a second while something waits for it.",
        "operation");

    /// <summary>Images looked up; result is hit or miss.</summary>
    public static Measure CacheImages { get; } = Counter(
        "feature_cache.images", "{image}",
        "Images whose features were asked for where they are kept, by result: hit or miss.",
        "result");

    /// <summary>Bytes kept; medium is memory or disk.</summary>
    public static Measure CacheSize { get; } = Gauge(
        "feature_cache.size", "By",
        "Bytes of kept features, by medium: memory or disk. Silos that share a folder all count it.",
        "medium");

    /// <summary>Sets thrown out; medium is memory or disk.</summary>
    public static Measure CacheEvictions { get; } =
        Counter("feature_cache.evictions", "{set}", "Sets of features that were thrown out to make room, by medium: memory or disk.", "medium");

    /// <summary>Images whose features found no room.</summary>
    public static Measure CacheRefusals { get; } = Counter(
        "feature_cache.refusals", "{image}",
        "Images whose features were computed and found no room, in memory or on disk: they will be computed again.");

    /// <summary>Records that were found damaged; medium is memory or disk.</summary>
    public static Measure CacheDamages { get; } = Counter(
        "feature_cache.damages", "{record}",
        "Kept features that had other bytes when they were read, by medium: memory or disk. They were not used but read elsewhere or computed again.",
        "medium");

    /// <summary>Memory of a GPU in use.</summary>
    public static Measure GpuMemory { get; } = Gauge("gpu.memory.usage", "By", "Memory of a GPU in use, by whomever.", "gpu");

    /// <summary>Memory of a GPU.</summary>
    public static Measure GpuMemoryLimit { get; } = Gauge("gpu.memory.limit", "By", "Memory of a GPU.", "gpu");

    /// <summary>Share of the time that a GPU works, 0 to 1.</summary>
    public static Measure GpuUtilization { get; } = Gauge(
        "gpu.utilization", "1",
        "Share of the time in which a GPU was at work, 0 to 1.",
        "gpu");

    /// <summary>When certificates end; use is own, authority or client_authority.</summary>
    public static Measure CertificateExpiry { get; } = Gauge(
        "certificate.expiry.timestamp", "s",
        "When a certificate of this silo ends, in seconds since 1970, by use: own, authority for the last of those that it trusts, or client_authority for the last of clients alone.",
        "use");

    /// <summary>All of them.</summary>
    public static ImmutableArray<Measure> All { get; } = Built.ToImmutable();

    private static Measure Counter(string name, string unit, string description, params ReadOnlySpan<string> labels) =>
        Add(new($"distributed_freeze.{name}", MeasureKind.Counter, unit, description, labels));

    private static Measure Gauge(string name, string? unit, string description, params ReadOnlySpan<string> labels) =>
        Add(new($"distributed_freeze.{name}", MeasureKind.Gauge, unit, description, labels));

    private static Measure Histogram(string name, string? unit, string description, params ReadOnlySpan<string> labels) =>
        Add(new($"distributed_freeze.{name}", MeasureKind.Histogram, unit, description, labels));

    private static Measure Add(Measure measure)
    {
        Built.Add(measure);
        return measure;
    }
}
