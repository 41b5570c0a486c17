using System.Collections.Immutable;
using DistributedFreeze.Runs;
using Orleans.Concurrency;

namespace DistributedFreeze.Grains;

/// <summary>The coordinator of one run; the key is the run's id.</summary>
[Alias("df.run")]
public interface IRunGrain : IGrainWithStringKey
{
    /// <summary>Queues the run. Submitting the same run again does nothing.</summary>
    /// <param name="submission">What to run.</param>
    /// <exception cref="Errors.InvalidInputException">
    /// The id or the spec is invalid, the id is another run's, or a path lies where this silo lets no run read or write; nothing was started.
    /// </exception>
    [Alias("start"), ResponseTimeout("00:10:00")]
    Task StartAsync(RunSubmission submission);

    /// <summary>As <see cref="StartAsync"/>, and the run pauses by itself once it has trained so many epochs. What it computes is the same.</summary>
    /// <remarks>A method of its own, so that a silo of a version that would train on to the end refuses it.</remarks>
    /// <param name="submission">What to run.</param>
    /// <param name="epochs">Epochs over all phases, at least 1; a run that has no more ends.</param>
    /// <exception cref="Errors.InvalidInputException">As for <see cref="StartAsync"/>, or the number is out of its range; nothing was started.</exception>
    [Alias("start-until"), ResponseTimeout("00:10:00")]
    Task StartUntilAsync(RunSubmission submission, int epochs);

    /// <summary>The run at a glance, without its epochs.</summary>
    /// <exception cref="Errors.RunNotFoundException">No such run was started.</exception>
    [Alias("status"), AlwaysInterleave]
    Task<RunStatus> GetStatusAsync();

    /// <summary>Reads what the run's epochs came to.</summary>
    /// <param name="after">How many to leave out from the beginning, at least 0.</param>
    /// <returns>Those that follow, in order and at most a few hundred; empty where no more are done.</returns>
    /// <exception cref="Errors.RunNotFoundException">No such run was started.</exception>
    [Alias("epochs"), AlwaysInterleave]
    Task<ImmutableArray<EpochResult>> ReadEpochsAsync(int after);

    /// <summary>Reads events, waiting for one where there is none yet.</summary>
    /// <param name="after">Sequence number of the last event already read; 0 for none.</param>
    /// <returns>
    /// The events after it, in order and at most a few hundred; empty where none came for a while, so that a caller asks again.
    /// </returns>
    /// <exception cref="Errors.RunNotFoundException">No such run was started.</exception>
    [Alias("events"), AlwaysInterleave]
    Task<ImmutableArray<RunEvent>> ReadEventsAsync(long after);

    /// <summary>Asks the run to end after its current step and to leave a checkpoint. Returns at once; does nothing to a run that has ended.</summary>
    /// <exception cref="Errors.RunNotFoundException">No such run was started.</exception>
    [Alias("interrupt"), AlwaysInterleave]
    Task InterruptAsync();

    /// <summary>Asks the run to halt after its current step: it leaves a checkpoint, gives its devices back and waits to be resumed.</summary>
    /// <remarks>Returns at once. Does nothing to a run that is paused.</remarks>
    /// <exception cref="Errors.RunNotFoundException">No such run was started.</exception>
    /// <exception cref="Errors.InvalidInputException">The run has ended.</exception>
    [Alias("pause"), AlwaysInterleave]
    Task PauseAsync();

    /// <summary>Queues a run again that is paused, was interrupted or has failed; it goes on from its newest checkpoint.</summary>
    /// <remarks>Does nothing to a run that is going on. Where it was to pause after an epoch that it has not reached, it still does.</remarks>
    /// <exception cref="Errors.RunNotFoundException">No such run was started.</exception>
    /// <exception cref="Errors.InvalidInputException">The run has succeeded or was cancelled.</exception>
    [Alias("resume")]
    Task ResumeAsync();

    /// <summary>As <see cref="ResumeAsync"/>, and the run pauses again by itself once it has trained so many epochs.</summary>
    /// <remarks>Does nothing to a run that is going on, nor to one that is paused and has trained as many.</remarks>
    /// <param name="epochs">Epochs over all phases since the run's beginning, at least 1; a run that has no more ends.</param>
    /// <exception cref="Errors.RunNotFoundException">No such run was started.</exception>
    /// <exception cref="Errors.InvalidInputException">The run has succeeded or was cancelled, or the number is out of its range.</exception>
    [Alias("resume-until")]
    Task ResumeUntilAsync(int epochs);

    /// <summary>Gives the run up after its current step, without a checkpoint. Returns at once; does nothing to a run that has ended.</summary>
    /// <exception cref="Errors.RunNotFoundException">No such run was started.</exception>
    [Alias("cancel"), AlwaysInterleave]
    Task CancelAsync();

    /// <summary>As <see cref="CancelAsync"/>, and says why.</summary>
    /// <param name="reason">A sentence without its end, for those who look at the run.</param>
    /// <exception cref="Errors.RunNotFoundException">No such run was started.</exception>
    [Alias("cancel-because"), AlwaysInterleave]
    Task CancelBecauseAsync(string reason);

    /// <summary>Forgets a run that has ended; its output folder stays.</summary>
    /// <exception cref="Errors.RunNotFoundException">No such run was started.</exception>
    /// <exception cref="Errors.InvalidInputException">The run has not ended.</exception>
    [Alias("delete")]
    Task DeleteAsync();

    /// <summary>The files that the run itself has left in its output folder, as they were when it ended; those that have changed since are not among them.</summary>
    /// <exception cref="Errors.RunNotFoundException">No such run was started.</exception>
    [Alias("artefacts"), AlwaysInterleave]
    Task<ImmutableArray<Artefact>> ListArtefactsAsync();

    /// <summary>Reads part of an artefact.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="offset">Where to begin, at least 0.</param>
    /// <param name="count">How many bytes at most, 1 to 4 MiB.</param>
    /// <exception cref="Errors.RunNotFoundException">No such run was started.</exception>
    /// <exception cref="Errors.InvalidInputException">There is no such artefact, or a number is out of its range.</exception>
    [Alias("read-artefact"), AlwaysInterleave]
    Task<ArtefactChunk> ReadArtefactAsync(string name, long offset, int count);

    /// <summary>The scheduler has devices for the run, or has only just come up: a run that waits is to claim now. Does nothing to another one.</summary>
    [Alias("turn"), AlwaysInterleave]
    Task TurnAsync();

    /// <summary>Makes sure that an unfinished run is driven: its coordinator may have been lost with its silo.</summary>
    [Alias("keep-going"), AlwaysInterleave]
    Task KeepGoingAsync();
}

/// <summary>What a client submits.</summary>
/// <param name="Spec">What to run.</param>
/// <param name="Resume">True to go on from the checkpoint in the spec's output folder.</param>
/// <param name="Priority">Runs with a higher one get devices first, -100 to 100.</param>
[GenerateSerializer, Immutable, Alias("df.run-submission")]
public sealed record RunSubmission([property: Id(0)] RunSpec Spec, [property: Id(1)] bool Resume, [property: Id(2)] int Priority = 0)
{
    /// <summary>The highest priority; the lowest one is its negative.</summary>
    public const int HighestPriority = 100;

    /// <summary>Who submits it, as the silo has found out; null where nobody was asked. A client of the gateway may not say so itself.</summary>
    [Id(3)] public RunOwner? Owner { get; init; }

    /// <summary>The span of the call that submitted it, as W3C's trace context writes it, such as <c>00-...-...-01</c>; null where that is not traced. The silo says so itself, but for callers who record no trace (<c>-00</c>).</summary>
    [Id(4)] public string? Trace { get; init; }

    /// <exception cref="Errors.InvalidInputException">The priority is out of its range.</exception>
    public static void EnsureValidPriority(int priority)
    {
        if (priority is < -HighestPriority or > HighestPriority)
        {
            throw new Errors.InvalidInputException("priority", $"must be a whole number from -{HighestPriority} to {HighestPriority}, got {priority}");
        }
    }
}
