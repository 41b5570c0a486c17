using System.Collections.Immutable;

namespace DistributedFreeze.Runs;

/// <summary>Something that happened to a run, in the order in which it happened.</summary>
[GenerateSerializer, Immutable, Alias("df.run-event")]
public abstract record RunEvent
{
    private RunEvent()
    {
    }

    /// <summary>Number of the event within its run, from 1 without gaps.</summary>
    [Id(0)] public long Sequence { get; init; }

    /// <summary>When it happened.</summary>
    [Id(1)] public DateTimeOffset At { get; init; }

    /// <summary>Data and weights are loaded.</summary>
    /// <param name="Replicas">Number of replicas.</param>
    /// <param name="TrainImages">Images to train on.</param>
    /// <param name="ValidationImages">Images to validate on.</param>
    /// <param name="TestImages">Images to test on.</param>
    /// <param name="Classes">Class names.</param>
    /// <param name="Warnings">What a person should know, a sentence each.</param>
    [GenerateSerializer, Immutable, Alias("df.run-event.prepared")]
    public sealed record Prepared(
        [property: Id(0)] int Replicas,
        [property: Id(1)] int TrainImages,
        [property: Id(2)] int ValidationImages,
        [property: Id(3)] int TestImages,
        [property: Id(4)] ImmutableArray<string> Classes,
        [property: Id(5)] ImmutableArray<string> Warnings) : RunEvent
    {
        /// <summary>How pixels become network input, and why so; null from a silo that does not say.</summary>
        [Id(6)] public PreprocessingChoice? Preprocessing { get; init; }
    }

    /// <summary>Every replica holds the phase's mask.</summary>
    /// <param name="Phase">The phase, from 0.</param>
    /// <param name="Phases">Number of phases.</param>
    /// <param name="Epochs">Epochs of the phase.</param>
    /// <param name="MaskHash">SHA-256 of the mask.</param>
    /// <param name="Boundary">Name of the boundary.</param>
    /// <param name="TrainableParameters">Parameters that train, the head's included.</param>
    /// <param name="FrozenParameters">Parameters that don't.</param>
    /// <param name="AllReduceBytes">Bytes of gradient that a step exchanges.</param>
    [GenerateSerializer, Immutable, Alias("df.run-event.phase-started")]
    public sealed record PhaseStarted(
        [property: Id(0)] int Phase,
        [property: Id(1)] int Phases,
        [property: Id(2)] int Epochs,
        [property: Id(3)] string MaskHash,
        [property: Id(4)] string Boundary,
        [property: Id(5)] long TrainableParameters,
        [property: Id(6)] long FrozenParameters,
        [property: Id(7)] long AllReduceBytes) : RunEvent
    {
        /// <summary>Version of the mask, from 1; 0 from a silo that does not say.</summary>
        [Id(8)] public int MaskVersion { get; init; }

        /// <summary>Layers of the base that lie before the boundary.</summary>
        [Id(9)] public int BoundaryDepth { get; init; }
    }

    /// <summary>A window of steps is done.</summary>
    /// <param name="Phase">The phase, from 0.</param>
    /// <param name="Epoch">The epoch within the phase, from 0.</param>
    /// <param name="Step">Steps of the epoch that are done.</param>
    /// <param name="Steps">Steps of the epoch.</param>
    /// <param name="Loss">Mean loss over the epoch so far.</param>
    /// <param name="Accuracy">Share of correct answers over the epoch so far.</param>
    /// <param name="ImagesPerSecond">Rate of the window.</param>
    /// <param name="Remaining">Estimated time to the end of the run; null until there is a ground for one.</param>
    [GenerateSerializer, Immutable, Alias("df.run-event.window")]
    public sealed record WindowDone(
        [property: Id(0)] int Phase,
        [property: Id(1)] int Epoch,
        [property: Id(2)] int Step,
        [property: Id(3)] int Steps,
        [property: Id(4)] double Loss,
        [property: Id(5)] double Accuracy,
        [property: Id(6)] double ImagesPerSecond,
        [property: Id(7)] TimeSpan? Remaining) : RunEvent
    {
        /// <summary>Steps of the window.</summary>
        [Id(8)] public int WindowSteps { get; init; }

        /// <summary>Images of the window's steps, over all replicas.</summary>
        [Id(9)] public int WindowImages { get; init; }

        /// <summary>Learning rate of the window's last step.</summary>
        [Id(10)] public double LearningRate { get; init; }
    }

    /// <summary>An epoch is done and validated.</summary>
    /// <param name="Result">What it came to.</param>
    [GenerateSerializer, Immutable, Alias("df.run-event.epoch")]
    public sealed record EpochDone([property: Id(0)] EpochResult Result) : RunEvent;

    /// <summary>A phase has trained its last epoch, and every replica holds the weights that it ends with.</summary>
    /// <param name="Phase">The phase, from 0.</param>
    /// <param name="Epochs">Epochs that it trained.</param>
    /// <param name="Kept">The epoch whose weights it ends with, from 0.</param>
    /// <param name="EndedEarly">Whether it ended before its last epoch, since none was better than the best one for long enough.</param>
    [GenerateSerializer, Immutable, Alias("df.run-event.phase-done")]
    public sealed record PhaseDone(
        [property: Id(0)] int Phase, [property: Id(1)] int Epochs, [property: Id(2)] int Kept, [property: Id(3)] bool EndedEarly) : RunEvent
    {
        /// <summary>Mean loss of these weights over the validation images; null where there are none.</summary>
        [Id(4)] public double? ValidationLoss { get; init; }

        /// <summary>Share of the validation images that these weights classify correctly; null where there are none.</summary>
        [Id(5)] public double? ValidationAccuracy { get; init; }
    }

    /// <summary>A checkpoint is on disk.</summary>
    /// <param name="Path">The file.</param>
    [GenerateSerializer, Immutable, Alias("df.run-event.checkpoint")]
    public sealed record CheckpointWritten([property: Id(0)] string Path) : RunEvent;

    /// <summary>A file cannot be written now: the run stands still with its state in memory, tries again, and goes on by itself.</summary>
    /// <param name="Path">The file.</param>
    /// <param name="Bytes">How long it would be, in bytes; 0 where that is not known.</param>
    /// <param name="Reason">Why it cannot be written.</param>
    [GenerateSerializer, Immutable, Alias("df.run-event.storage-unavailable")]
    public sealed record StorageUnavailable(
        [property: Id(0)] string Path, [property: Id(1)] long Bytes, [property: Id(2)] string Reason) : RunEvent;

    /// <summary>A replica was lost; the run goes on without it.</summary>
    /// <param name="Device">Id of its device.</param>
    /// <param name="Reason">Why.</param>
    [GenerateSerializer, Immutable, Alias("df.run-event.replica-lost")]
    public sealed record ReplicaLost([property: Id(0)] string Device, [property: Id(1)] string Reason) : RunEvent
    {
        /// <summary>Name of the host that it ran on; null where nobody knows it.</summary>
        [Id(2)] public string? Host { get; init; }
    }

    /// <summary>The replicas are another group from here on: some joined, left or were lost. The result stays the same.</summary>
    /// <param name="Generation">Number of the group, from 1.</param>
    /// <param name="Devices">Ids of all its devices.</param>
    /// <param name="Joined">Ids of those that were not in the group before.</param>
    /// <param name="Left">Ids of those that gave their shards back.</param>
    [GenerateSerializer, Immutable, Alias("df.run-event.regrouped")]
    public sealed record Regrouped(
        [property: Id(0)] int Generation,
        [property: Id(1)] ImmutableArray<string> Devices,
        [property: Id(2)] ImmutableArray<string> Joined,
        [property: Id(3)] ImmutableArray<string> Left) : RunEvent
    {
        /// <summary>The class of its devices, where that is another one than before: from here on low bits are others. Else null.</summary>
        [Id(4)] public string? OtherClass { get; init; }

        /// <summary>The class before; null where <see cref="OtherClass"/> is.</summary>
        [Id(5)] public string? ClassBefore { get; init; }
    }

    /// <summary>Another silo drives the run from here on, or the same one after a restart.</summary>
    /// <param name="Phase">The phase it goes on in, from 0.</param>
    /// <param name="Epoch">The epoch, from 0.</param>
    /// <param name="Step">The next step.</param>
    /// <param name="From">Where its state came from: <c>replicas</c>, <c>left-behind</c> (a replica of an earlier group), <c>checkpoint</c> or <c>start</c>.</param>
    [GenerateSerializer, Immutable, Alias("df.run-event.picked-up")]
    public sealed record PickedUp(
        [property: Id(0)] int Phase, [property: Id(1)] int Epoch, [property: Id(2)] int Step, [property: Id(3)] string From) : RunEvent
    {
        /// <summary>The silo that drives it from here on; null where nobody says.</summary>
        [Id(4)] public SiloPlace? By { get; init; }

        /// <summary>The silo that drove it before; null where nobody knows.</summary>
        [Id(5)] public SiloPlace? Before { get; init; }
    }

    /// <summary>Steps were lost: nobody who is left holds the newest state, and the run does them again, with the same result.</summary>
    /// <param name="Phase">The phase it goes back to, from 0.</param>
    /// <param name="Epoch">The epoch, from 0.</param>
    /// <param name="Step">The next step.</param>
    /// <param name="From">Where its state comes from: <c>left-behind</c> (a replica of an earlier group), <c>checkpoint</c> or <c>start</c>.</param>
    /// <param name="Reason">Why.</param>
    [GenerateSerializer, Immutable, Alias("df.run-event.set-back")]
    public sealed record SetBack(
        [property: Id(0)] int Phase,
        [property: Id(1)] int Epoch,
        [property: Id(2)] int Step,
        [property: Id(3)] string From,
        [property: Id(4)] string Reason) : RunEvent;

    /// <summary>A replica takes several times as long as the others, who wait for it at every step. Told once, until it is as fast as they are.</summary>
    /// <param name="Device">Id of its device.</param>
    /// <param name="Times">How many times as long as the median of the others it takes for a shard.</param>
    /// <param name="Part">What most of the difference goes into: <c>read</c>, <c>prefix</c>, <c>tail</c> or <c>apply</c>.</param>
    [GenerateSerializer, Immutable, Alias("df.run-event.straggler")]
    public sealed record Straggler([property: Id(0)] string Device, [property: Id(1)] double Times, [property: Id(2)] string Part) : RunEvent
    {
        /// <summary>Name of the host that it runs on; null where nobody knows it.</summary>
        [Id(3)] public string? Host { get; init; }

        /// <summary>Whether others take shards of it over from here on. The result stays the same.</summary>
        [Id(4)] public bool MovesShards { get; init; }
    }

    /// <summary>The run waits for devices.</summary>
    /// <param name="Position">Place in the queue, from 1; 0 where nobody knows.</param>
    [GenerateSerializer, Immutable, Alias("df.run-event.queued")]
    public sealed record Queued([property: Id(0)] int Position) : RunEvent
    {
        /// <summary>What it waits for, where that is not only its turn; null where it is.</summary>
        [Id(1)] public string? Reason { get; init; }
    }

    /// <summary>The run was halted on request; it holds no device.</summary>
    [GenerateSerializer, Immutable, Alias("df.run-event.paused")]
    public sealed record Paused : RunEvent;

    /// <summary>The run goes on after a pause or an end that left a checkpoint.</summary>
    [GenerateSerializer, Immutable, Alias("df.run-event.resumed")]
    public sealed record Resumed : RunEvent;

    /// <summary>The run has ended; no event follows, unless it is resumed.</summary>
    /// <param name="State">Succeeded, failed, interrupted or cancelled.</param>
    /// <param name="Reason">Why it failed, was interrupted or cancelled; null where it succeeded.</param>
    /// <param name="Problems">What was wrong with the input, where that is the reason.</param>
    [GenerateSerializer, Immutable, Alias("df.run-event.ended")]
    public sealed record Ended(
        [property: Id(0)] RunState State,
        [property: Id(1)] string? Reason,
        [property: Id(2)] ImmutableArray<Errors.Problem> Problems) : RunEvent
    {
        /// <summary>Frozen layers that were found changed, where that is the reason.</summary>
        [Id(3)] public int ChangedLayers { get; init; }

        /// <summary>True where the reason is that a loss became no number: training diverged, or a replica's memory is damaged.</summary>
        [Id(4)] public bool IsDivergence { get; init; }

        /// <summary>True where the reason is storage that cannot be used: data or an output folder that cannot be read or written, or are gone.</summary>
        [Id(5)] public bool IsStorage { get; init; }
    }
}
