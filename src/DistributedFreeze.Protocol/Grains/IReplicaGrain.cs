using System.Collections.Immutable;
using DistributedFreeze.Replicas;
using Orleans.Concurrency;

namespace DistributedFreeze.Grains;

/// <summary>Owner of one device and of the replica on it; the key is the device's id. See <see cref="IReplica"/> for what the calls do.</summary>
/// <remarks>A call lasts as long as its work on the device, so the time limits are generous: a silo that dies breaks its calls at once.</remarks>
[Alias("df.replica")]
public interface IReplicaGrain : IGrainWithStringKey
{
    /// <inheritdoc cref="IReplica.PrepareAsync"/>
    [Alias("prepare"), ResponseTimeout("01:00:00")]
    Task<ReplicaReady> PrepareAsync(PrepareOrder order);

    /// <inheritdoc cref="IReplica.JoinAsync"/>
    [Alias("join"), ResponseTimeout("00:10:00")]
    Task JoinAsync(GroupOrder order);

    /// <inheritdoc cref="IReplica.ReportAsync"/>
    [Alias("report"), ResponseTimeout("00:10:00")]
    Task<ReplicaPosition?> ReportAsync();

    /// <inheritdoc cref="IReplica.BreakAsync"/>
    [Alias("break"), AlwaysInterleave]
    Task BreakAsync(int generation);

    /// <inheritdoc cref="IReplica.BeginPhaseAsync"/>
    [Alias("begin-phase"), ResponseTimeout("00:10:00")]
    Task<MaskAcknowledgement> BeginPhaseAsync(PhaseOrder order);

    /// <inheritdoc cref="IReplica.RunWindowAsync"/>
    [Alias("run-window"), ResponseTimeout("01:00:00")]
    Task<WindowReport> RunWindowAsync(WindowOrder order);

    /// <inheritdoc cref="IReplica.EvaluateAsync"/>
    [Alias("evaluate"), ResponseTimeout("10:00:00")]
    Task<EvaluationReport> EvaluateAsync(EvaluationSplit split);

    /// <inheritdoc cref="IReplica.EndPhaseAsync"/>
    [Alias("end-phase"), ResponseTimeout("00:10:00")]
    Task EndPhaseAsync(EndPhaseOrder order);

    /// <inheritdoc cref="IReplica.SaveCheckpointAsync"/>
    [Alias("save-checkpoint"), ResponseTimeout("00:10:00")]
    Task SaveCheckpointAsync(CheckpointOrder order);

    /// <inheritdoc cref="IReplica.LoadCheckpointAsync"/>
    [Alias("load-checkpoint"), ResponseTimeout("00:10:00")]
    Task LoadCheckpointAsync(string path);

    /// <inheritdoc cref="IReplica.BroadcastStateAsync"/>
    [Alias("broadcast-state"), ResponseTimeout("00:10:00")]
    Task<string> BroadcastStateAsync(BroadcastOrder order);

    /// <inheritdoc cref="IReplica.HashFrozenAsync"/>
    [Alias("hash-frozen"), ResponseTimeout("00:10:00")]
    Task<ImmutableSortedDictionary<string, string>> HashFrozenAsync();

    /// <inheritdoc cref="IReplica.SaveModelAsync"/>
    [Alias("save-model"), ResponseTimeout("00:10:00")]
    Task<ModelReport> SaveModelAsync(string? path);

    /// <inheritdoc cref="IReplica.StopAsync"/>
    [Alias("stop"), AlwaysInterleave]
    Task StopAsync();

    /// <summary>Whether a call is in flight. A caller that waits for an answer while none is knows that the answer was lost on the way.</summary>
    [Alias("busy"), AlwaysInterleave]
    Task<bool> IsBusyAsync();

    /// <summary>Gives back device, memory and files, whatever run owns them. Coordinators say whose they give back: <see cref="ReleaseOfAsync"/>.</summary>
    [Alias("release"), ResponseTimeout("00:10:00")]
    Task ReleaseAsync();

    /// <summary>As <see cref="ReleaseAsync"/>, where a run owns the replica; another run's stays as it is.</summary>
    /// <param name="runId">The run that gives it back, has ended, or has not renewed its lease.</param>
    [Alias("release-of"), ResponseTimeout("00:10:00")]
    Task ReleaseOfAsync(string runId);

    /// <summary>Lets the device find out how much to unfreeze. It belongs to the question from then on, until it is released; asking the same again does nothing.</summary>
    /// <param name="order">The question.</param>
    /// <exception cref="Errors.InvalidInputException">A path leads elsewhere than when the question was asked.</exception>
    /// <exception cref="Errors.DeviceBusyException">The device belongs to a run, or to another question.</exception>
    [Alias("advise"), AlwaysInterleave]
    Task AdviseAsync(AdviceOrder order);

    /// <summary>Reads how far the device is, waiting for news where there are none yet.</summary>
    /// <param name="runId">What owns the device.</param>
    /// <param name="after">Version of the last report already read; 0 for none.</param>
    /// <returns>The newest report, within seconds and also where nothing is new; null where the device is not at that question.</returns>
    [Alias("read-advice"), AlwaysInterleave]
    Task<AdviceReport?> ReadAdviceAsync(string runId, long after);

    /// <summary>Breaks a question off: what is known by then becomes its result. Returns at once; does nothing where the device is not at that question.</summary>
    /// <param name="runId">What owns the device.</param>
    [Alias("stop-advice"), AlwaysInterleave]
    Task StopAdviceAsync(string runId);
}
