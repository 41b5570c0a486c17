using System.Collections.Immutable;
using DistributedFreeze.Coordination.Devices;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Grains.Paths;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Replicas;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Replicas;

/// <summary>Grain in front of one device and the replica on it: every call is one awaited call on the device's thread.</summary>
[OnDevicesSilo]
internal sealed partial class ReplicaGrain : Grain, IReplicaGrain
{
    private readonly IDeviceReplica _replica;
    private readonly DeviceAdvice _advice;
    private readonly SiloDevices _devices;
    private readonly DeviceReporter _reporter;
    private readonly ReplicaMetrics _metrics;
    private readonly IComputeBackend _backend;
    private readonly PathRoots _roots;
    private readonly ILogger<ReplicaGrain> _logger;
    private readonly string _device;
    private int _working; // calls that are in flight; all are turns of this grain

    public ReplicaGrain(
        IGrainContext context,
        SiloReplicas replicas,
        SiloAdvice advice,
        SiloDevices devices,
        DeviceReporter reporter,
        ReplicaMetrics metrics,
        IComputeBackend backend,
        PathRoots roots,
        ILogger<ReplicaGrain> logger)
    {
        _backend = backend;
        _roots = roots;
        _logger = logger;
        _device = context.GrainId.Key.ToString()!;
        _devices = devices;
        _reporter = reporter;
        _metrics = metrics;
        _replica = replicas.On(_device);
        _advice = advice.On(_device);
    }

    public Task<ReplicaReady> PrepareAsync(PrepareOrder order) => WorkAsync(() => LoadAsync(order));

    public Task JoinAsync(GroupOrder order) => WorkAsync(() => _replica.JoinAsync(order, CancellationToken.None));

    public Task<MaskAcknowledgement> BeginPhaseAsync(PhaseOrder order) => WorkAsync(() => GuardAsync(_replica.BeginPhaseAsync(order, CancellationToken.None)));

    public Task<WindowReport> RunWindowAsync(WindowOrder order) => WorkAsync(async () =>
    {
        var report = await GuardAsync(_replica.RunWindowAsync(order, CancellationToken.None));
        _metrics.WindowDone(_device, _replica.RunId ?? "", report);
        return report;
    });

    public Task<ReplicaPosition?> ReportAsync() => WorkAsync(() => _replica.ReportAsync(CancellationToken.None));

    public Task BreakAsync(int generation) => _replica.BreakAsync(generation);

    public Task<EvaluationReport> EvaluateAsync(EvaluationSplit split) => WorkAsync(() => GuardAsync(_replica.EvaluateAsync(split, CancellationToken.None)));

    public Task EndPhaseAsync(EndPhaseOrder order) => WorkAsync(() => _replica.EndPhaseAsync(order, CancellationToken.None));

    public Task SaveCheckpointAsync(CheckpointOrder order) => WorkAsync(() =>
    {
        _roots.RequireUnmovedOutput(order.Path);
        return _replica.SaveCheckpointAsync(order, CancellationToken.None);
    });

    public Task LoadCheckpointAsync(string path) => WorkAsync(() =>
    {
        _roots.RequireUnmovedOutput(path);
        return _replica.LoadCheckpointAsync(path, CancellationToken.None);
    });

    public Task<string> BroadcastStateAsync(BroadcastOrder order) => WorkAsync(() => GuardAsync(_replica.BroadcastStateAsync(order, CancellationToken.None)));

    public Task<ImmutableSortedDictionary<string, string>> HashFrozenAsync() => WorkAsync(() => _replica.HashFrozenAsync(CancellationToken.None));

    public Task<ModelReport> SaveModelAsync(string? path) => WorkAsync(() =>
    {
        if (path is not null)
        {
            _roots.RequireUnmovedOutput(path);
        }

        return _replica.SaveModelAsync(path, CancellationToken.None);
    });

    public Task StopAsync() => _replica.StopAsync();

    public Task<bool> IsBusyAsync() => Task.FromResult(_working > 0);

    public Task ReleaseAsync() => WorkAsync(async () =>
    {
        await _advice.EndAsync();
        await _replica.ReleaseAsync();
        _devices.Own(_device, Owner); // a question may have been asked again meanwhile
        await _reporter.TryReportAsync(); // others may be waiting for it
        if (Owner is null)
        {
            DeactivateOnIdle();
        }
    });

    public Task ReleaseOfAsync(string runId) => Owner == runId ? ReleaseAsync() : Task.CompletedTask;

    public async Task AdviseAsync(AdviceOrder order)
    {
        _roots.RequireUnmoved(order.Request.Spec);
        if (_replica.RunId is { } run)
        {
            throw new DeviceBusyException($"The device {_device} belongs to run {run}.");
        }

        _advice.Ask(order);
        _devices.Own(_device, order.RunId);
        await _reporter.TryReportAsync();
    }

    public Task<AdviceReport?> ReadAdviceAsync(string runId, long after) => _advice.ReadAsync(runId, after);

    public Task StopAdviceAsync(string runId)
    {
        _advice.Stop(runId);
        return Task.CompletedTask;
    }

    /// <summary>The run or question that owns the device; null where none does.</summary>
    private string? Owner => _replica.RunId ?? _advice.RunId;

    private async Task<ReplicaReady> LoadAsync(PrepareOrder order)
    {
        using var scope = RunScope.Begin(_logger, order.RunId);
        LogLoads(_device);
        if (_advice.RunId is { } question)
        {
            throw new DeviceBusyException($"The device {_device} belongs to {question}.");
        }

        _roots.RequireUnmoved(order.Spec);
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        try
        {
            return await GuardAsync(_replica.PrepareAsync(order, CancellationToken.None));
        }
        finally
        {
            _devices.Own(_device, _replica.RunId);
            await _reporter.TryReportAsync();
        }
    }

    private async Task<T> WorkAsync<T>(Func<Task<T>> work)
    {
        using var scope = RunScope.Begin(_logger, _replica.RunId);
        _working++;
        try
        {
            return await work();
        }
        finally
        {
            _working--;
        }
    }

    private Task<bool> WorkAsync(Func<Task> work) => WorkAsync(async () =>
    {
        await work();
        return true;
    });

    /// <summary>Where a device breaks down, finds out whether it is the device that is broken.</summary>
    private async Task<T> GuardAsync<T>(Task<T> work)
    {
        try
        {
            return await work;
        }
        catch (ReplicaLostException)
        {
            if (await _backend.FailureAsync(DeviceId.Name(_device)) is { } reason)
            {
                LogAside(_device, reason);
                _devices.PutAside(_device, reason);
                await _reporter.TryReportAsync();
            }

            throw;
        }
    }

    [LoggerMessage(LogLevel.Debug, "The device {Device} loads a replica")]
    private partial void LogLoads(string device);

    [LoggerMessage(LogLevel.Error, "The device {Device} is put aside until this silo restarts: {Reason}")]
    private partial void LogAside(string device, string reason);
}
