using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Replicas;
using DistributedFreeze.Telemetry;

namespace DistributedFreeze.Grains.Telemetry;

/// <summary>Where the time of this silo's replicas goes.</summary>
/// <remarks>Thread-safe. There is a series for each device of the silo that a run owns, and none for the others.</remarks>
internal sealed class ReplicaMetrics
{
    private readonly ConcurrentDictionary<string, Sums> _sums = new(StringComparer.Ordinal);
    private readonly SiloDevices _devices;

    public ReplicaMetrics(IMeterFactory meters, SiloDevices devices)
    {
        _devices = devices;
        var meter = meters.Create(Measures.Meter);
        Measures.ReplicaStepTime.Observe(meter, () => Owned().SelectMany(owned => new Measurement<double>[]
        {
            Part(owned, "read", owned.Sums.Times.Read),
            Part(owned, "prefix", owned.Sums.Times.Prefix),
            Part(owned, "tail_forward", owned.Sums.Times.TailForward),
            Part(owned, "tail_backward", owned.Sums.Times.TailBackward),
            Part(owned, "exchange", owned.Sums.Times.Exchange),
            Part(owned, "apply", owned.Sums.Times.Apply),
        }));
        Measures.ReplicaImages.Observe(meter, () => Owned().SelectMany(owned => new Measurement<long>[]
        {
            new(owned.Sums.Read, Run(owned), Device(owned), new("features", "read")),
            new(owned.Sums.Computed, Run(owned), Device(owned), new("features", "computed")),
        }));
    }

    /// <summary>Takes note of a window.</summary>
    /// <param name="device">Id of the replica's device.</param>
    /// <param name="runId">The run that owns it.</param>
    /// <param name="report">What the window came to.</param>
    public void WindowDone(string device, string runId, WindowReport report) => _sums.AddOrUpdate(
        device,
        _ => new Sums(runId, default, 0, 0).With(report),
        (_, known) => (known.RunId == runId ? known : new(runId, default, 0, 0)).With(report));

    private IEnumerable<(string Device, Sums Sums)> Owned() =>
        from status in _devices.Report(leaving: false).Devices
        where status.RunId is not null && _sums.TryGetValue(status.Device.Id, out var sums) && sums.RunId == status.RunId
        select (status.Device.Id, _sums[status.Device.Id]);

    private static Measurement<double> Part((string Device, Sums Sums) owned, string part, double seconds) =>
        new(seconds, Run(owned), Device(owned), new("part", part));

    private static KeyValuePair<string, object?> Run((string Device, Sums Sums) owned) => new("run", owned.Sums.RunId);

    private static KeyValuePair<string, object?> Device((string Device, Sums Sums) owned) => new("device", DeviceId.Name(owned.Device));

    private sealed record Sums(string RunId, StepTimes Times, long Read, long Computed)
    {
        public Sums With(WindowReport report) =>
            new(RunId, Times + report.Times, Read + report.FeaturesRead, Computed + report.FeaturesComputed);
    }
}
