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
    /// <exception cref="Errors.InvalidInputException">
    /// The id or the spec is invalid, or a path lies where this silo lets no run read or write; nothing was started.
    /// </exception>
    [Alias("start")]
    Task StartAsync(RunSubmission submission);

    /// <summary>The run at a glance.</summary>
    /// <exception cref="Errors.RunNotFoundException">No such run was started.</exception>
    [Alias("status"), AlwaysInterleave]
    Task<RunStatus> GetStatusAsync();

    /// <summary>Reads events, waiting for one where there is none yet.</summary>
    /// <param name="after">Sequence number of the last event already read; 0 for none.</param>
    /// <returns>
    /// The events after it, in order; empty where none came for a while, so that a caller asks again. Events live as long as the run's
    /// activation; of a run that has ended before, the end alone is told.
    /// </returns>
    /// <exception cref="Errors.RunNotFoundException">No such run was started.</exception>
    [Alias("events"), AlwaysInterleave]
    Task<ImmutableArray<RunEvent>> ReadEventsAsync(long after);

    /// <summary>Asks the run to end after its current step and to leave a checkpoint. Returns at once; does nothing to a run that has ended.</summary>
    /// <exception cref="Errors.RunNotFoundException">No such run was started.</exception>
    [Alias("interrupt"), AlwaysInterleave]
    Task InterruptAsync();
}

/// <summary>What a client submits.</summary>
/// <param name="Spec">What to run.</param>
/// <param name="Resume">True to go on from the checkpoint in the spec's output folder.</param>
[GenerateSerializer, Immutable, Alias("df.run-submission")]
public sealed record RunSubmission([property: Id(0)] RunSpec Spec, [property: Id(1)] bool Resume);
