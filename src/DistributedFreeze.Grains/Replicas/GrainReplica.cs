using System.Collections.Immutable;
using DistributedFreeze.Replicas;

namespace DistributedFreeze.Grains.Replicas;

/// <summary>A replica that lives in a grain, as the driver sees it.</summary>
internal sealed class GrainReplica(IReplicaGrain grain) : IReplica
{
    public Task<ReplicaReady> PrepareAsync(PrepareOrder order, CancellationToken cancellationToken) => grain.PrepareAsync(order);

    public Task<MaskAcknowledgement> BeginPhaseAsync(PhaseOrder order, CancellationToken cancellationToken) => grain.BeginPhaseAsync(order);

    public Task<WindowReport> RunWindowAsync(WindowOrder order, CancellationToken cancellationToken) => grain.RunWindowAsync(order);

    public Task<EvaluationReport> EvaluateAsync(EvaluationSplit split, CancellationToken cancellationToken) => grain.EvaluateAsync(split);

    public Task SaveCheckpointAsync(CheckpointOrder order, CancellationToken cancellationToken) => grain.SaveCheckpointAsync(order);

    public Task LoadCheckpointAsync(string path, CancellationToken cancellationToken) => grain.LoadCheckpointAsync(path);

    public Task<ImmutableSortedDictionary<string, string>> HashFrozenAsync(CancellationToken cancellationToken) => grain.HashFrozenAsync();

    public Task<ModelReport> SaveModelAsync(string? path, CancellationToken cancellationToken) => grain.SaveModelAsync(path);

    public Task StopAsync() => grain.StopAsync();

    public Task ReleaseAsync() => grain.ReleaseAsync();
}
