using System.Collections.Immutable;
using DistributedFreeze.Replicas;
using DistributedFreeze.Training.Exchange;

namespace DistributedFreeze.Training.Replicas;

/// <summary>A replica of this process: its device thread, its worker, and its seat in the exchange.</summary>
/// <param name="workspaces">The silo's workspaces.</param>
/// <param name="exchanges">The silo's exchanges.</param>
public sealed class LocalReplica(RunWorkspaces workspaces, SharedExchanges exchanges) : IReplica, IAsyncDisposable
{
    /// <summary>Ends the loading of data; once there is a worker, it has a flag of its own. Never disposed of: a stop may come late.</summary>
    private readonly CancellationTokenSource _stopping = new();

    private DeviceThread? _thread;
    private RunWorkspaces.Lease? _lease;
    private SharedExchanges.Membership? _membership;
    private ReplicaWorker? _worker;
    private PrepareOrder? _order;

    /// <inheritdoc/>
    public Task<ReplicaReady> PrepareAsync(PrepareOrder order, CancellationToken cancellationToken)
    {
        _order = order;
        _thread = new($"replica-{order.Member}", order.Spec.ThreadsPerReplica);
        return _thread.RunAsync(() =>
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
            _lease = workspaces.Join(order.RunId, order.Spec, either.Token);
            _worker = new(order, _lease.Workspace, ReplicaDevice.Of(order.Member));
            return _worker.Ready;
        });
    }

    /// <inheritdoc/>
    public Task<MaskAcknowledgement> BeginPhaseAsync(PhaseOrder order, CancellationToken cancellationToken) => Thread.RunAsync(() =>
    {
        var acknowledgement = Worker.BeginPhase(order);
        _membership?.Dispose();
        _membership = exchanges.Join(
            $"{_order!.RunId}/{order.Phase}", _order.Spec.Shards, _order.Members, _order.Member, Worker.ExchangeLength);
        return acknowledgement;
    });

    /// <inheritdoc/>
    public Task<WindowReport> RunWindowAsync(WindowOrder order, CancellationToken cancellationToken) => Thread.RunAsync(() =>
    {
        try
        {
            return Worker.RunWindow(order, Membership.Seat, cancellationToken);
        }
        catch
        {
            // The others would wait for this replica for ever.
            _membership?.Break();
            throw;
        }
    });

    /// <inheritdoc/>
    public Task<EvaluationReport> EvaluateAsync(EvaluationSplit split, CancellationToken cancellationToken) =>
        Thread.RunAsync(() => Worker.Evaluate(split, cancellationToken));

    /// <inheritdoc/>
    public Task SaveCheckpointAsync(CheckpointOrder order, CancellationToken cancellationToken) =>
        Thread.RunAsync(() => Worker.SaveCheckpoint(order));

    /// <inheritdoc/>
    public Task LoadCheckpointAsync(string path, CancellationToken cancellationToken) => Thread.RunAsync(() => Worker.LoadCheckpoint(path));

    /// <inheritdoc/>
    public Task<ImmutableSortedDictionary<string, string>> HashFrozenAsync(CancellationToken cancellationToken) =>
        Thread.RunAsync(Worker.HashFrozen);

    /// <inheritdoc/>
    public Task<ModelReport> SaveModelAsync(string? path, CancellationToken cancellationToken) => Thread.RunAsync(() => Worker.SaveModel(path));

    /// <inheritdoc/>
    public Task StopAsync()
    {
        _stopping.Cancel();
        _worker?.RequestStop();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task ReleaseAsync()
    {
        if (_thread is not { } thread)
        {
            return;
        }

        _thread = null;
        _membership?.Break();
        await thread.RunAsync(() =>
        {
            _membership?.Dispose();
            _worker?.Dispose();
            _lease?.Dispose();
            (_membership, _worker, _lease) = (null, null, null);
        });
        thread.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await ReleaseAsync();

    private DeviceThread Thread => _thread ?? throw new InvalidOperationException("The replica is not prepared.");

    private ReplicaWorker Worker => _worker ?? throw new InvalidOperationException("The replica is not prepared.");

    private SharedExchanges.Membership Membership =>
        _membership ?? throw new InvalidOperationException("The replica has not entered a phase.");
}
