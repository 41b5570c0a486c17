using System.Collections.Immutable;
using DistributedFreeze.Devices;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Devices;

/// <summary>Keeps the <see cref="DeviceAllocator"/>, lets runs with devices wait for changes of it, and tells a run that waits when its turn has come.</summary>
/// <remarks>
/// After it has come up it grants nothing until every silo has reported: a run that goes on shall find all its replicas. It asks all unfinished
/// runs once for their claims then, since those that wait repeat them but rarely.
/// </remarks>
internal sealed partial class SchedulerGrain(
    IGrainFactory grains, TimeProvider time, ISiloStatusOracle membership, QueueMetrics metrics, ILogger<SchedulerGrain> logger) : Grain, ISchedulerGrain
{
    /// <summary>How long a claim waits for a change; silos and runs count as gone only after several times as long.</summary>
    private static readonly TimeSpan WaitTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Between two looks at every claim for those that have run out.</summary>
    private static readonly TimeSpan ExpiryPause = TimeSpan.FromSeconds(1);

    private readonly DeviceAllocator _allocator = new();
    private readonly SteadyClock _clock = new(time); // a machine's clock that is set must end no lease
    private DateTimeOffset _expiredAt;
    private Task<bool> _asking = Task.FromResult(false);
    private TaskCompletionSource _changed = NewSignal();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        LogHere();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        metrics.HasLeft();
        return Task.CompletedTask;
    }

    public Task ReportAsync(SiloReport report)
    {
        _allocator.Report(report, _clock.Now);
        Changed();
        if (_asking is { IsCompleted: true, Result: false })
        {
            _asking = AskAllAsync();
        }

        foreach (var (device, runId) in _allocator.EndedLeases(_clock.Now))
        {
            LogLeaseEnded(device, runId);
            grains.GetGrain<IReplicaGrain>(device).ReleaseOfAsync(runId).Ignore(); // what comes of it is in the silo's next report
        }

        return Task.CompletedTask;
    }

    public async Task<DeviceGrant> ClaimAsync(DeviceRequest claim, DeviceGrant? known)
    {
        Forget();
        if (!_allocator.Claim(claim, _clock.Now))
        {
            await Task.Delay(WaitTimeout, time); // a run that asks again and again should not do so at once
            return new() { Devices = [], IsUnknown = true };
        }

        _allocator.Heard(claim.RunId); // it waits here for what there is to hear
        Changed();
        var until = _clock.Now + WaitTimeout;
        while (true)
        {
            var grant = HasHeardAll ? _allocator.GrantOf(claim.RunId) : new() { Devices = [], IsUnknown = true };
            var left = until - _clock.Now;
            var news = known is null ? !grant.Devices.IsEmpty : grant.QueuePosition != known.QueuePosition || !grant.Devices.SequenceEqual(known.Devices);
            if ((news && HasHeardAll) || left < TimeSpan.FromMilliseconds(1)) // a wait is cut to whole milliseconds
            {
                LogGranted(claim.RunId, grant.Devices.Length, claim.Holding.Length, grant.IsUnknown);
                _allocator.Heard(claim.RunId);
                return grant;
            }

            await _changed.Task.WaitAsync(left, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    public Task<DeviceGrant> EnqueueAsync(DeviceRequest claim)
    {
        Forget();
        if (!_allocator.Claim(claim, _clock.Now) || !HasHeardAll)
        {
            return Task.FromResult<DeviceGrant>(new() { Devices = [], IsUnknown = true });
        }

        _allocator.Heard(claim.RunId);
        Changed();
        var grant = _allocator.GrantOf(claim.RunId);
        LogGranted(claim.RunId, grant.Devices.Length, claim.Holding.Length, grant.IsUnknown);
        return Task.FromResult(grant);
    }

    public Task<int> PositionAsync(string runId) => Task.FromResult(_allocator.PositionOf(runId));

    public Task<QueueStanding> StandingAsync(string runId) => Task.FromResult(_allocator.StandingOf(runId));

    public Task ReleaseAsync(string runId)
    {
        _allocator.Release(runId, _clock.Now);
        Changed();
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<DeviceStatus>> ListDevicesAsync()
    {
        Forget();
        return Task.FromResult(_allocator.Devices);
    }

    public Task<ImmutableArray<string>> ListQueueAsync() => Task.FromResult(_allocator.Queue);

    private bool HasHeardAll => _clock.Elapsed > DeviceAllocator.SiloTimeout || ActiveSilos().All(_allocator.Knows);

    private IEnumerable<string> ActiveSilos() =>
        membership.GetApproximateSiloStatuses(onlyActive: true).Keys.Select(silo => silo.ToParsableString());

    private void Changed()
    {
        Forget();
        metrics.IsNow(_allocator.QueueLengths, _allocator.LongestWait(_clock.Now));
        var waiting = _changed;
        _changed = NewSignal();
        waiting.SetResult();
        if (HasHeardAll)
        {
            foreach (var runId in _allocator.Turns(_clock.Now))
            {
                TurnAsync(runId).Ignore(); // told again until it claims
            }
        }
    }

    private Task TurnAsync(string runId) =>
        AdviceClaims.QuestionOf(runId) is { } question ? grains.GetGrain<IAdviceGrain>(question).TurnAsync() : grains.GetGrain<IRunGrain>(runId).TurnAsync();

    /// <summary>Whoever waits has claimed from a scheduler that is gone, and may not know.</summary>
    /// <returns>False where it is to be tried again.</returns>
    private async Task<bool> AskAllAsync()
    {
        try
        {
            foreach (var runId in await grains.GetGrain<ICatalogueGrain>(0).ListUnfinishedAsync())
            {
                grains.GetGrain<IRunGrain>(runId).TurnAsync().Ignore();
            }

            return true;
        }
        catch (Exception reason) // a store's own included
        {
            LogNotAsked(reason);
            return false;
        }
    }

    /// <summary>Membership knows of a loss long before reports stay away.</summary>
    private void Forget()
    {
        var dead = membership.GetApproximateSiloStatuses().Where(silo => silo.Value == SiloStatus.Dead)
            .Select(silo => silo.Key.ToParsableString()).ToHashSet(StringComparer.Ordinal);
        foreach (var silo in dead)
        {
            _allocator.Remove(silo);
        }

        _allocator.Retain(dead);
        var now = _clock.Now;
        if (now - _expiredAt >= ExpiryPause)
        {
            _expiredAt = now;
            _allocator.Expire(now);
        }
    }

    /// <summary>A waiter continues in a turn of this grain, never on another thread.</summary>
    private static TaskCompletionSource NewSignal() => new();

    [LoggerMessage(LogLevel.Debug, "Run {RunId} is granted {Devices} devices and holds {Holding}; not known yet: {IsUnknown}")]
    private partial void LogGranted(string runId, int devices, int holding, bool isUnknown);

    [LoggerMessage(LogLevel.Warning, "The device {Device} is taken from run {RunId}, which has not renewed its claim on it")]
    private partial void LogLeaseEnded(string device, string runId);

    [LoggerMessage(LogLevel.Debug, "Runs that wait could not be asked for their claims; this is tried again")]
    private partial void LogNotAsked(Exception reason);

    [LoggerMessage(LogLevel.Information, "This silo divides the cluster's devices from now on")]
    private partial void LogHere();
}
