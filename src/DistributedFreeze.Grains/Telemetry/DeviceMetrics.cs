using System.Diagnostics.Metrics;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Telemetry;

namespace DistributedFreeze.Grains.Telemetry;

/// <summary>What the devices of this silo are doing.</summary>
internal sealed class DeviceMetrics
{
    private static readonly DeviceState[] States = Enum.GetValues<DeviceState>();

    public DeviceMetrics(IMeterFactory meters, SiloDevices devices, DeviceReporter reporter) =>
        Measures.Devices.Observe(meters.Create(Measures.Meter), () =>
        {
            var now = devices.Report(reporter.IsLeaving).Devices;
            return States.Select(state => new Measurement<long>(
                now.Count(device => device.State == state), new KeyValuePair<string, object?>("state", state.ToString().ToLowerInvariant())));
        });
}
