using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Replicas;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>A run's devices, claimed from the scheduler, and the replicas on them.</summary>
/// <remarks>
/// While the run has devices it claims again and again, and each time hears of what changes. While it waits the scheduler holds its claim, and tells
/// it when its turn has come. Belongs to one grain, whose turns never overlap.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The source holds neither timer nor handle.")]
internal sealed class LeasedReplicas : IReplicaPool
{
    /// <summary>Before a scheduler is asked again that does not answer, or knows too little as yet.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Before a run that waits asks again without being told to, in case that nobody could tell it.</summary>
    private static readonly TimeSpan LongWait = TimeSpan.FromMinutes(1);

    /// <summary>The same for one that leaves out devices for a while, and then does not.</summary>
    private static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(5);

    private readonly IGrainFactory _grains;
    private readonly TimeProvider _time;
    private readonly Action<int, string?> _waits;
    private readonly Func<Task> _begins;
    private readonly Func<string, bool> _hasLeft;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ended = new();
    private readonly AvoidedDevices _avoided;
    private DeviceRequest _claim;
    private DeviceGrant? _grant;
    private bool _begun;
    private TaskCompletionSource _changed = NewSignal();
    private TaskCompletionSource _turn = NewSignal();

    /// <param name="grains">The way to the scheduler and the replicas.</param>
    /// <param name="claim">What the run wants at first.</param>
    /// <param name="time">The clock.</param>
    /// <param name="waits">Is told the place in the queue, from 1, whenever it is heard of, and what the run waits for where that is not only its turn; 0 once the run has devices.</param>
    /// <param name="begins">Is awaited once, before the first devices are handed out.</param>
    /// <param name="hasLeft">Whether a silo has left the cluster.</param>
    /// <param name="logger">Takes every call of a replica, at level Debug.</param>
    public LeasedReplicas(IGrainFactory grains, DeviceRequest claim, TimeProvider time, Action<int, string?> waits, Func<Task> begins, Func<string, bool> hasLeft, ILogger logger)
    {
        _hasLeft = hasLeft;
        _begins = begins;
        _logger = logger;
        _grains = grains;
        _claim = claim;
        _time = time;
        _avoided = new(time);
        _waits = waits;
    }

    public ImmutableArray<ReplicaHandle> Granted { get; private set; } = [];

    /// <summary>Claims until the end; to be started once.</summary>
    public async Task ClaimAsync()
    {
        while (!_ended.IsCancellationRequested)
        {
            _turn = NewSignal(); // a turn that is told while the scheduler is asked counts
            var pause = Pause;
            try
            {
                pause = await AskAsync(_grant).WaitAsync(_ended.Token);
            }
            catch (Exception reason) when (reason is OrleansException or TimeoutException)
            {
                // Then after the pause.
            }
            catch (OperationCanceledException) when (_ended.IsCancellationRequested)
            {
                return;
            }

            if (pause > TimeSpan.Zero)
            {
                await _turn.Task.WaitAsync(pause, _time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }
        }
    }

    /// <summary>Claims at once, if it waits: the scheduler says that there is something to hear.</summary>
    public void Turn() => _turn.TrySetResult();

    public Task WaitAsync(CancellationToken cancellationToken) =>
        Granted.IsEmpty ? _changed.Task.WaitAsync(cancellationToken) : Task.CompletedTask;

    public async Task LimitAsync(int most, CancellationToken cancellationToken)
    {
        _claim = _claim with { Most = most, Least = Math.Min(_claim.Least, most) };
        try
        {
            await AskAsync(known: null).WaitAsync(cancellationToken);
        }
        catch (Exception reason) when (reason is OrleansException or TimeoutException)
        {
            // The loop asks again; the run starts with what it has.
        }
    }

    /// <summary>Says which devices the run's replicas own, so that others can be given to other runs.</summary>
    /// <param name="devices">Their ids.</param>
    /// <param name="deviceClass">Their class; null where nobody knows.</param>
    public Task HoldAsync(ImmutableArray<string> devices, string? deviceClass = null)
    {
        var held = _claim with { Holding = devices, Class = deviceClass ?? _claim.Class };
        if (devices.SequenceEqual(_claim.Holding) && held.Class == _claim.Class)
        {
            return Task.CompletedTask;
        }

        _claim = held;
        return LimitAsync(_claim.Most, CancellationToken.None);
    }

    public async Task<ImmutableArray<ReplicaHandle>> ListOwnedAsync()
    {
        try
        {
            var devices = await _grains.GetGrain<ISchedulerGrain>(0).ListDevicesAsync();
            return [.. devices.Where(device => device.RunId == _claim.RunId).Select(device => SeatOn(device.Device))];
        }
        catch (Exception reason) when (reason is OrleansException or TimeoutException)
        {
            return [];
        }
    }

    public void Lost(ReplicaHandle handle, bool avoid)
    {
        if (avoid)
        {
            _avoided.Add(handle.Device);
            _claim = _claim with { Avoid = _avoided.Now, Holding = _claim.Holding.Remove(handle.Device) };
            Granted = Granted.Remove(handle);
        }
    }

    /// <summary>Lets go of every device.</summary>
    /// <param name="keep">True where another coordinator shall go on with them.</param>
    public async Task EndAsync(bool keep)
    {
        _ended.Cancel(); // here and now: what waits for it is a turn of this very grain
        if (keep)
        {
            return;
        }

        // Also those that a coordinator before this one had, and that this one has never come to use.
        await Task.WhenAll(_claim.Holding.Union(Granted.Select(handle => handle.Device)).Select(GiveBackAsync));
        try
        {
            await _grains.GetGrain<ISchedulerGrain>(0).ReleaseAsync(_claim.RunId);
        }
        catch (Exception reason) when (reason is OrleansException or TimeoutException)
        {
            // The claim runs out by itself.
        }
    }

    private async Task GiveBackAsync(string device)
    {
        if (_hasLeft(DeviceId.Silo(device)))
        {
            return;
        }

        try
        {
            await _grains.GetGrain<IReplicaGrain>(device).ReleaseOfAsync(_claim.RunId);
        }
        catch (Exception reason) when (reason is OrleansException or TimeoutException)
        {
            // Its silo is gone; if it is not, the lease runs out.
        }
    }

    /// <returns>After what time to ask again.</returns>
    private async Task<TimeSpan> AskAsync(DeviceGrant? known)
    {
        Activity.Current = null; // claims never end, and are not what the run's trace is for
        if (_avoided.Now is var avoid && !avoid.SequenceEqual(_claim.Avoid))
        {
            _claim = _claim with { Avoid = avoid };
        }

        var claim = _claim;
        var waits = claim.Holding.IsEmpty && _grant is not { Devices.IsEmpty: false };
        var scheduler = _grains.GetGrain<ISchedulerGrain>(0);
        var grant = waits ? await scheduler.EnqueueAsync(claim) : await scheduler.ClaimAsync(claim, known);
        if (_ended.IsCancellationRequested || !ReferenceEquals(claim, _claim))
        {
            return TimeSpan.Zero; // an answer to what is no longer wanted
        }

        if (grant.IsUnknown)
        {
            return waits ? Pause : TimeSpan.Zero;
        }

        if (grant.QueuePosition != (_grant?.QueuePosition ?? 0))
        {
            _waits(grant.QueuePosition, grant.Reason);
        }

        if (!_begun && !grant.Devices.IsEmpty)
        {
            _begun = true;
            await _begins();
        }

        _grant = grant;
        Granted = [.. grant.Devices.Where(device => !claim.Avoid.Contains(device.Id)).Select(SeatOn)];
        if (!Granted.IsEmpty)
        {
            var waiting = _changed;
            _changed = NewSignal();
            waiting.TrySetResult();
        }

        return !waits || !grant.Devices.IsEmpty ? TimeSpan.Zero : claim.Avoid.IsEmpty ? LongWait : ShortWait;
    }

    /// <summary>The same handle for the same device, as long as it is granted.</summary>
    private ReplicaHandle SeatOn(DeviceInfo device)
    {
        var silo = DeviceId.Silo(device.Id);
        return Granted.FirstOrDefault(handle => handle.Device == device.Id) ?? new(
            device.Id,
            silo,
            device.ExchangeAddress,
            new GrainReplica(_grains.GetGrain<IReplicaGrain>(device.Id), device.Id, _claim.RunId, _time, () => _hasLeft(silo), _logger));
    }

    /// <summary>A waiter continues in a turn of this grain, never on another thread.</summary>
    private static TaskCompletionSource NewSignal() => new();
}
