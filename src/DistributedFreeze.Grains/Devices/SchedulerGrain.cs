using System.Collections.Immutable;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Telemetry;

namespace DistributedFreeze.Grains.Devices;

/// <summary>Keeps the <see cref="DeviceLedger"/> and lets runs wait for changes of it.</summary>
internal sealed class SchedulerGrain(TimeProvider time, QueueMetrics metrics) : Grain, ISchedulerGrain
{
    /// <summary>How long a claim waits for a change; silos and runs count as gone only after several times as long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly DeviceLedger _ledger = new();
    private TaskCompletionSource _changed = NewSignal();

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        metrics.HasLeft();
        return Task.CompletedTask;
    }

    public Task ReportAsync(SiloReport report)
    {
        _ledger.Report(report, time.GetUtcNow());
        Changed();
        return Task.CompletedTask;
    }

    public async Task<DeviceGrant> ClaimAsync(DeviceClaim claim, DeviceGrant? known)
    {
        _ledger.Claim(claim, time.GetUtcNow());
        Changed();
        var until = time.GetUtcNow() + Patience;
        while (true)
        {
            var grant = _ledger.GrantOf(claim.RunId);
            var left = until - time.GetUtcNow();
            var news = known is null ? !grant.Devices.IsEmpty : grant.QueuePosition != known.QueuePosition || !grant.Devices.SequenceEqual(known.Devices);
            if (news || left <= TimeSpan.Zero)
            {
                return grant;
            }

            await _changed.Task.WaitAsync(left, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    public Task ReleaseAsync(string runId)
    {
        _ledger.Release(runId);
        Changed();
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<DeviceStatus>> ListDevicesAsync()
    {
        _ledger.Expire(time.GetUtcNow());
        return Task.FromResult(_ledger.Devices);
    }

    public Task<ImmutableArray<string>> ListQueueAsync() => Task.FromResult(_ledger.Queue);

    private void Changed()
    {
        _ledger.Expire(time.GetUtcNow());
        metrics.IsNow(_ledger.Queue.Length);
        var waiting = _changed;
        _changed = NewSignal();
        waiting.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
