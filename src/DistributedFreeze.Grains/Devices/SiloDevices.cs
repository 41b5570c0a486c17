using System.Collections.Concurrent;
using System.Collections.Immutable;
using DistributedFreeze.Devices;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Grains.Devices;

/// <summary>The devices of this silo, and who owns each.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class SiloDevices
{
    private readonly ImmutableArray<DeviceInfo> _devices;
    private readonly ConcurrentDictionary<string, string> _owners = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _aside = new(StringComparer.Ordinal);

    public SiloDevices(ILocalSiloDetails silo, DeviceOptions options)
    {
        Silo = silo.SiloAddress.ToParsableString();
        _devices =
        [
            .. DeviceDiscovery.Find(options.CpuSlots).Select(found => new DeviceInfo
            {
                Id = DeviceId.Of(Silo, found.Name),
                Model = found.Model,
                MemoryBytes = found.MemoryBytes,
                Host = Environment.MachineName,
                ExchangeAddress = options.ExchangeAddress,
            }),
        ];
    }

    /// <summary>The silo's address, as it stands in device ids.</summary>
    public string Silo { get; }

    /// <summary>Number of devices.</summary>
    public int Count => _devices.Length;

    /// <summary>Takes note of who owns a device.</summary>
    /// <param name="id">The device.</param>
    /// <param name="runId">The run; null where none does.</param>
    public void Own(string id, string? runId)
    {
        if (runId is null)
        {
            _owners.TryRemove(id, out _);
        }
        else
        {
            _owners[id] = runId;
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

    private DeviceStatus Status(DeviceInfo device, bool leaving)
    {
        var owner = _owners.GetValueOrDefault(device.Id);
        var reason = _aside.GetValueOrDefault(device.Id);
        var state = reason is not null ? DeviceState.Aside : leaving ? DeviceState.Leaving : owner is not null ? DeviceState.Busy : DeviceState.Free;
        return new() { Device = device, State = state, RunId = owner, Reason = reason };
    }
}
