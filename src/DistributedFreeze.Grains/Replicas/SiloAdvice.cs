using System.Collections.Concurrent;
using DistributedFreeze.Coordination.Devices;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Devices;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Replicas;

/// <summary>The questions that this silo's devices are at. Thread-safe. Like <see cref="SiloReplicas"/>, they outlive the activations of the devices' grains.</summary>
internal sealed partial class SiloAdvice(
    IAdviceBackend advice, IComputeBackend compute, SiloDevices devices, DeviceReporter reporter, TimeProvider time, ILogger<SiloAdvice> logger) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, DeviceAdvice> _devices = new(StringComparer.Ordinal);

    /// <summary>The question of a device.</summary>
    /// <param name="device">Id of a device of this silo.</param>
    public DeviceAdvice On(string device) => _devices.GetOrAdd(device, id => new(DeviceId.Name(id), advice, () => FailureAsync(id), time));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var device in _devices.Values)
        {
            await device.EndAsync();
        }
    }

    private async Task<string?> FailureAsync(string device)
    {
        if (await compute.FailureAsync(DeviceId.Name(device)) is not { } reason)
        {
            return null;
        }

        LogAside(device, reason);
        devices.PutAside(device, reason);
        await reporter.TryReportAsync();
        return reason;
    }

    [LoggerMessage(LogLevel.Error, "The device {Device} is put aside until this silo restarts: {Reason}")]
    private partial void LogAside(string device, string reason);
}
