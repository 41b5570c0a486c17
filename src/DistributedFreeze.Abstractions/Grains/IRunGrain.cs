using System.Collections.Immutable;
using DistributedFreeze.Runs;
using Orleans.Concurrency;

namespace DistributedFreeze.Grains;

/// <summary>The coordinator of one run; the key is the run's id.</summary>
[Alias("df.run")]
public interface IRunGrain : IGrainWithStringKey
{
    /// <summary>Starts the run. Starting the same run again does nothing.</summary>
    /// <param name="submission">What to run.</param>
    /// <exception cref="Errors.InvalidInputException">The spec is invalid; nothing was started.</exception>
    [Alias("start")]
    Task StartAsync(RunSubmission submission);

    /// <summary>The run at a glance.</summary>
    /// <exception cref="KeyNotFoundException">No such run was started.</exception>
    [Alias("status"), AlwaysInterleave]
    Task<RunStatus> GetStatusAsync();

    /// <summary>Reads events, waiting for one where there is none yet.</summary>
    /// <param name="after">Sequence number of the last event already read; 0 for none.</param>
    /// <returns>The events after it, in order; empty where none came for a while, so that a caller asks again.</returns>
    [Alias("events"), AlwaysInterleave]
    Task<ImmutableArray<RunEvent>> ReadEventsAsync(long after);

    /// <summary>Asks the run to end after its current step and to leave a checkpoint. Returns at once.</summary>
    [Alias("interrupt"), AlwaysInterleave]
    Task InterruptAsync();
}

/// <summary>What a client submits.</summary>
/// <param name="Spec">What to run.</param>
/// <param name="Resume">True to go on from the checkpoint in the spec's output folder.</param>
[GenerateSerializer, Immutable, Alias("df.run-submission")]
public sealed record RunSubmission([property: Id(0)] RunSpec Spec, [property: Id(1)] bool Resume);
