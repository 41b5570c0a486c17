using System.Collections.Immutable;
using DistributedFreeze.Advice;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Sweeps;

namespace DistributedFreeze.Client;

/// <summary>What a program asks of a cluster, so that its own tests can stand in for one: <see cref="DistributedFreezeClient"/> asks a real one.</summary>
/// <remarks>It may get more members in later versions; a stand-in by a mocking library does not mind.</remarks>
public interface IDistributedFreezeClient
{
    /// <summary>Says what a run would be on this cluster: finds its data and lays out its phases, and starts nothing.</summary>
    /// <param name="spec">The run. Paths are the silo's; a relative one counts from the silo's first data or output root.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="InvalidInputException">
    /// The spec is invalid, a path leaves the silo's roots, or data, weights or output folder cannot be used.
    /// </exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    Task<PlannedRun> PlanAsync(RunSpec spec, CancellationToken cancellationToken = default);

    /// <summary>Asks how much to unfreeze, by measuring on one device of the cluster: probes every depth of the frozen base, and compares short runs. It takes minutes.</summary>
    /// <remarks>
    /// It waits for the device as a run does. The same question has the same answer on any device of a kind, and where a silo is lost meanwhile it is asked again by
    /// itself. Nothing is written but cached features. Only a program that waits for the answer gets it: the cluster breaks off what nobody has asked after for three
    /// minutes.
    /// </remarks>
    /// <param name="request">
    /// What is asked. Paths are the silo's; a relative one counts from the silo's first data or output root. The run that is recommended has them as they are here.
    /// </param>
    /// <param name="progress">Told how far it is, about every two seconds; null where nobody wants to know.</param>
    /// <param name="cancellationToken">Breaks it off, on the cluster too: what is known by then is returned, with <see cref="AdviceResult.IsWhole"/> false.</param>
    /// <exception cref="InvalidInputException">
    /// The question is invalid, a path leaves the silo's roots, data or weights cannot be used, no silo has the memory, or no candidate is small enough.
    /// </exception>
    /// <exception cref="RunFailedException">It could not be found out: devices failed one after another, say.</exception>
    /// <exception cref="OperationCanceledException">It was broken off before anything was known, or the cluster did not say what was.</exception>
    /// <exception cref="ClusterUnavailableException">
    /// The cluster did not answer for as long as <see cref="DistributedFreezeClient.RetryTimeout"/>, or its silos are of a version that gives no advice.
    /// </exception>
    Task<AdviceResult> AdviseAsync(AdviceRequest request, IProgress<AdviceProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Trains several runs, compares them, stops those that lag behind where that is asked for, and says which one is the best.</summary>
    /// <remarks>
    /// <para>
    /// Every trial is a run with the label <c>sweep</c>, which the cluster queues, spreads over its devices and goes on with when a silo is lost. Its id follows from what it trains: the
    /// same request again, from another program say, starts nothing twice and goes on where it was.
    /// </para>
    /// <para>
    /// With <see cref="SweepRequest.Halving"/> a trial pauses after the epochs of a comparison, with a checkpoint and without devices, until all have come as far or ended. Those that
    /// are promoted are resumed, and the others cancelled; which ones these are follows from their epochs alone, as in a sweep on one machine. It takes this call to compare: without it
    /// trials wait, paused.
    /// </para>
    /// </remarks>
    /// <param name="request">The trials. Paths are the silo's; a relative one counts from the silo's first data or output root.</param>
    /// <param name="progress">Told how far it is, one call after another; null where nobody wants to know.</param>
    /// <param name="cancellationToken">Ends the waiting, not the runs: what is known by then is returned, with <see cref="SweepResult.IsWhole"/> false.</param>
    /// <returns>What every trial came to. Also not whole where somebody interrupted a trial: it waits to be resumed.</returns>
    /// <exception cref="InvalidInputException">The request or a trial is invalid, a path leaves the silo's roots, or there are no validation images to compare by.</exception>
    /// <exception cref="QuotaExceededException">Its owner has as many runs as they may have; the trials before it go on.</exception>
    /// <exception cref="ClusterUnavailableException">
    /// The cluster did not answer for as long as <see cref="DistributedFreezeClient.RetryTimeout"/>, or trials are to be stopped and its silos are of a version that cannot let a run
    /// wait after an epoch.
    /// </exception>
    Task<SweepResult> SweepAsync(SweepRequest request, IProgress<SweepProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Submits a run.</summary>
    /// <param name="spec">What to run. Paths are the silo's; a relative one counts from the silo's first data or output root.</param>
    /// <param name="resume">True to go on from the checkpoint in the spec's output folder.</param>
    /// <param name="runId">
    /// An id of 1 to 64 letters, digits, dots, dashes and underscores: submitting the same spec again, after a lost answer say, starts
    /// nothing new. Null takes a new id.
    /// </param>
    /// <param name="priority">Runs with a higher one get devices first, -100 to 100.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The run's id.</returns>
    /// <exception cref="InvalidInputException">
    /// The spec, the id or the priority is invalid, the id is that of a run with another spec, or a path leaves the silo's roots; nothing
    /// was started.
    /// </exception>
    /// <exception cref="QuotaExceededException">Its owner has as many runs as they may have; nothing was started.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
#pragma warning disable CA1716 // a word of Visual Basic, and of callers who name the parameter
    Task<string> SubmitAsync(
        RunSpec spec, bool resume = false, string? runId = null, int priority = 0, CancellationToken cancellationToken = default);
#pragma warning restore CA1716

    /// <summary>What the epochs of a run came to that are done, in order.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    Task<ImmutableArray<EpochResult>> GetEpochsAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>A run at a glance, without its epochs: see <see cref="GetEpochsAsync"/>.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    Task<RunStatus> GetAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>A run at a glance, asked for again while the cluster does not answer: the run's coordinator may be moving to another silo.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="timeout">For how long to ask again, at least 0.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer for as long as <paramref name="timeout"/>.</exception>
    Task<RunStatus> GetAsync(string runId, TimeSpan timeout, CancellationToken cancellationToken = default);

    /// <summary>Runs at a glance, the latest first.</summary>
    /// <param name="skip">How many to leave out, at least 0.</param>
    /// <param name="take">How many at most, 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    Task<ImmutableArray<RunStatus>> ListAsync(int skip = 0, int take = 50, CancellationToken cancellationToken = default);

    /// <summary>Runs at a glance that a filter lets through, the latest first.</summary>
    /// <remarks>
    /// By labels, owner and time the cluster finds them without asking any run. Where states are given, those that are left are asked a hundred at a time until there are enough.
    /// </remarks>
    /// <param name="filter">Which runs.</param>
    /// <param name="skip">How many of them to leave out, at least 0.</param>
    /// <param name="take">How many at most, 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    Task<ImmutableArray<RunStatus>> ListAsync(RunFilter filter, int skip = 0, int take = 50, CancellationToken cancellationToken = default);

    /// <summary>The cluster's devices and what they are doing.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    Task<ImmutableArray<DeviceStatus>> ListDevicesAsync(CancellationToken cancellationToken = default);

    /// <summary>Ids of the runs that wait for devices, the next one first.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    Task<ImmutableArray<string>> ListQueueAsync(CancellationToken cancellationToken = default);

    /// <summary>A run's events, each once and in order, to the end of the run.</summary>
    /// <remarks>
    /// Events are stored with the run, so watching continues where it was after a broken connection or a lost silo. If a run ended and
    /// was resumed, its earlier end is one of the events; watching stops at an end only if that is the run's last event. While a run is
    /// paused, watching waits.
    /// </remarks>
    /// <param name="runId">The run.</param>
    /// <param name="after">Number of the last event already seen; 0 for none.</param>
    /// <param name="cancellationToken">Stops watching; the run goes on.</param>
    /// <exception cref="RunNotFoundException">There is no such run; also where the cluster kept its state in memory and came back without it.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer for as long as <see cref="DistributedFreezeClient.RetryTimeout"/>.</exception>
    IAsyncEnumerable<RunEvent> WatchAsync(
        string runId, long after = 0, CancellationToken cancellationToken = default);

    /// <summary>Waits until a run has ended.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting; the run goes on.</param>
    /// <returns>The run as it ended.</returns>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer for as long as <see cref="DistributedFreezeClient.RetryTimeout"/>.</exception>
    Task<RunStatus> WaitAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>Asks a run to end after its current step and to leave a checkpoint. Returns at once; does nothing to a run that has ended.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    Task InterruptAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Asks a run to halt after its current step: it leaves a checkpoint, gives its devices back and waits to be resumed. Returns at once;
    /// does nothing to a run that is paused.
    /// </summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="InvalidInputException">The run has ended.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    Task PauseAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Queues a run again that is paused, was interrupted or has failed; it goes on from its newest checkpoint. Does nothing to a run that
    /// is going on.
    /// </summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="InvalidInputException">The run has succeeded or was cancelled.</exception>
    /// <exception cref="QuotaExceededException">Its owner has as many runs as they may have; nothing was started.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    Task ResumeAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>Gives a run up after its current step, without a checkpoint. Returns at once; does nothing to a run that has ended.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    Task CancelAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>Forgets a run that has ended, and its events; its output folder stays.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="InvalidInputException">The run has not ended.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    Task DeleteAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>The files that a run has left in its output folder.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="InvalidInputException">The cluster offers a file whose name contains a path.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer.</exception>
    Task<ImmutableArray<Artefact>> ListArtefactsAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>Fetches an artefact. It goes on where it was when a connection breaks.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="name">Name of the artefact, such as <c>model.safetensors</c>.</param>
    /// <param name="target">Receives the bytes; after an exception it holds some of them.</param>
    /// <param name="cancellationToken">Ends the download.</param>
    /// <returns>What was fetched.</returns>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="InvalidInputException">The run has left no such artefact.</exception>
    /// <exception cref="ArtefactDamagedException">What arrived is not what the cluster has.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer for as long as <see cref="DistributedFreezeClient.RetryTimeout"/>.</exception>
    Task<Artefact> DownloadAsync(string runId, string name, Stream target, CancellationToken cancellationToken = default);

    /// <summary>Fetches an artefact into a file. It goes on where it was when a connection breaks.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="name">Name of the artefact, such as <c>model.safetensors</c>.</param>
    /// <param name="path">The file; replaced whole once everything is there and right, and not touched before.</param>
    /// <param name="cancellationToken">Ends the download.</param>
    /// <returns>What was fetched.</returns>
    /// <exception cref="RunNotFoundException">There is no such run.</exception>
    /// <exception cref="InvalidInputException">The run has left no such artefact.</exception>
    /// <exception cref="ArtefactDamagedException">What arrived is not what the cluster has.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    /// <exception cref="ClusterUnavailableException">The cluster did not answer for as long as <see cref="DistributedFreezeClient.RetryTimeout"/>.</exception>
    Task<Artefact> DownloadAsync(string runId, string name, string path, CancellationToken cancellationToken = default);
}
