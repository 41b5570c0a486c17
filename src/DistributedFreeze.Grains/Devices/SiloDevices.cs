using System.Collections.Concurrent;
using System.Collections.Immutable;
using DistributedFreeze.Coordination.Devices;
using DistributedFreeze.Devices;

namespace DistributedFreeze.Grains.Devices;

/// <summary>The devices of this silo, and who owns each.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class SiloDevices
{
    private readonly ImmutableArray<DeviceInfo> _devices;
    private readonly ConcurrentDictionary<string, string> _owners = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _aside = new(StringComparer.Ordinal);
    private TaskCompletionSource _freed = NewSignal();

    public SiloDevices(ILocalSiloDetails silo, DeviceOptions options, IComputeBackend backend)
    {
        Silo = silo.SiloAddress.ToParsableString();
        _devices =
        [
            .. backend.Find(options.CpuSlots).Select(found => new DeviceInfo
            {
                Id = DeviceId.Of(Silo, found.Name),
                Model = found.Model,
                MemoryBytes = found.MemoryBytes,
                Capability = found.Capability,
                Driver = found.Driver,
                Libraries = found.Libraries,
                Host = Environment.MachineName,
                ExchangeAddress = options.ExchangeAddress,
                RunMemoryBytes = options.RunMemory,
            }),
        ];
    }

    /// <summary>The silo's address, as it stands in device ids.</summary>
    public string Silo { get; }

    /// <summary>What they are.</summary>
    public ImmutableArray<DeviceInfo> All => _devices;

    /// <summary>Number of devices.</summary>
    public int Count => _devices.Length;

    /// <summary>Takes note of who owns a device.</summary>
    /// <param name="id">The device.</param>
    /// <param name="runId">The run; null where none does.</param>
    public void Own(string id, string? runId)
    {
        if (runId is not null)
        {
            _owners[id] = runId;
        }
        else if (_owners.TryRemove(id, out _))
        {
            Interlocked.Exchange(ref _freed, NewSignal()).SetResult();
        }
    }

    /// <summary>Completes once no run owns a device here.</summary>
    /// <param name="but">Runs that may.</param>
    public async Task WhenFreeAsync(IReadOnlySet<string> but)
    {
        while (true)
        {
            var next = _freed.Task;
            if (_owners.Values.All(but.Contains))
            {
                return;
            }

            await next;
        }
    }

    /// <summary>Puts a device aside until this silo restarts.</summary>
    public void PutAside(string id, string reason) => _aside[id] = reason;

    /// <summary>What the silo reports.</summary>
    /// <param name="leaving">True once it is about to leave.</param>
    public SiloReport Report(bool leaving) => new()
    {
        Silo = Silo,
        Devices = [.. _devices.Select(device => Status(device, leaving))],
        Leaving = leaving,
    };

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private DeviceStatus Status(DeviceInfo device, bool leaving)
    {
        var owner = _owners.GetValueOrDefault(device.Id);
        var reason = _aside.GetValueOrDefault(device.Id);
        var state = reason is not null ? DeviceState.Aside : leaving ? DeviceState.Leaving : owner is not null ? DeviceState.Busy : DeviceState.Free;
        return new() { Device = device, State = state, RunId = owner, Reason = reason };
    }
}
