using System.Collections.Immutable;
using DistributedFreeze.Replicas;
using DistributedFreeze.Training.Exchange;
using DistributedFreeze.Training.Replicas;
using Orleans.Placement;

namespace DistributedFreeze.Grains.Replicas;

/// <summary>Owner of one replica: every call is one awaited call on the replica's device thread.</summary>
/// <remarks>It lives on its coordinator's silo, since the exchange goes through that silo's memory.</remarks>
[PreferLocalPlacement]
internal sealed class ReplicaGrain(RunWorkspaces workspaces, SharedExchanges exchanges) : Grain, IReplicaGrain, IAsyncDisposable
{
    private readonly LocalReplica _replica = new(workspaces, exchanges);

    public Task<ReplicaReady> PrepareAsync(PrepareOrder order)
    {
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        return _replica.PrepareAsync(order, CancellationToken.None);
    }

    public Task<MaskAcknowledgement> BeginPhaseAsync(PhaseOrder order) => _replica.BeginPhaseAsync(order, CancellationToken.None);

    public Task<WindowReport> RunWindowAsync(WindowOrder order) => _replica.RunWindowAsync(order, CancellationToken.None);

    public Task<EvaluationReport> EvaluateAsync(EvaluationSplit split) => _replica.EvaluateAsync(split, CancellationToken.None);

    public Task SaveCheckpointAsync(CheckpointOrder order) => _replica.SaveCheckpointAsync(order, CancellationToken.None);

    public Task LoadCheckpointAsync(string path) => _replica.LoadCheckpointAsync(path, CancellationToken.None);

    public Task<ImmutableSortedDictionary<string, string>> HashFrozenAsync() => _replica.HashFrozenAsync(CancellationToken.None);

    public Task<ModelReport> SaveModelAsync(string? path) => _replica.SaveModelAsync(path, CancellationToken.None);

    public Task StopAsync() => _replica.StopAsync();

    public async Task ReleaseAsync()
    {
        await _replica.ReleaseAsync();
        DeactivateOnIdle();
    }

    public ValueTask DisposeAsync() => _replica.DisposeAsync();
}
