using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Replicas;
using DistributedFreeze.Telemetry;

namespace DistributedFreeze.Grains.Telemetry;

/// <summary>Where the time of this silo's replicas goes.</summary>
/// <remarks>
/// Thread-safe. There are series for each device of the silo and the run that owns it. They outlive the last window by as long as a run's own
/// counters outlive the run, so that the last values are seen.
/// </remarks>
internal sealed class ReplicaMetrics : IDisposable
{
    private readonly ConcurrentDictionary<Replica, Sums> _sums = new();
    private readonly FromZero _fromZero;
    private readonly SiloDevices _devices;
    private readonly TimeProvider _time;
    private readonly RenewedMeter _meter;

    public ReplicaMetrics(IMeterFactory meters, MetricsScrapes scrapes, SiloDevices devices, TimeProvider time)
    {
        (_devices, _time, _fromZero) = (devices, time, new(scrapes));
        _meter = new(meters, Observe);
    }

    /// <summary>Takes note of a window.</summary>
    /// <param name="device">Id of the replica's device.</param>
    /// <param name="runId">The run that owns it.</param>
    /// <param name="report">What the window came to.</param>
    public void WindowDone(string device, string runId, WindowReport report)
    {
        GiveUpOld();
        var now = _time.GetUtcNow();
        _sums.AddOrUpdate(
            new(device, runId), _ => new Sums(default, 0, 0, now).With(report, now), (_, known) => known.With(report, now));
    }

    public void Dispose() => _meter.Dispose();

    private DateTimeOffset Oldest => _time.GetUtcNow() - RunMetrics.Linger;

    private void Observe(Meter meter)
    {
        Measures.ReplicaStepTime.Observe(meter, () => Known().SelectMany(known => new[]
        {
            Series(known.Key, "part", "read", known.Value.Times.Read),
            Series(known.Key, "part", "prefix", known.Value.Times.Prefix),
            Series(known.Key, "part", "tail_forward", known.Value.Times.TailForward),
            Series(known.Key, "part", "tail_backward", known.Value.Times.TailBackward),
            Series(known.Key, "part", "exchange", known.Value.Times.Exchange),
            Series(known.Key, "part", "apply", known.Value.Times.Apply),
        }));
        Measures.ReplicaImages.Observe(meter, () => Known().SelectMany(known => new[]
        {
            Series(known.Key, "features", "read", known.Value.Read),
            Series(known.Key, "features", "computed", known.Value.Computed),
        }));
    }

    private IEnumerable<KeyValuePair<Replica, Sums>> Known()
    {
        var old = Unowned().Where(known => known.Value.At < Oldest).Select(known => known.Key).ToHashSet();
        return _sums.Where(known => !old.Contains(known.Key));
    }

    private void GiveUpOld()
    {
        var unowned = Unowned().OrderByDescending(known => known.Value.At).Index();
        foreach (var (_, known) in unowned.Where(known => known.Index >= RunMetrics.MostLingering || known.Item.Value.At < Oldest))
        {
            if (_sums.TryRemove(known)) // unless it has gone on meanwhile
            {
                _fromZero.Forget(known.Key.ToString());
                _meter.Gone();
            }
        }
    }

    /// <summary>What no run uses any more.</summary>
    private List<KeyValuePair<Replica, Sums>> Unowned()
    {
        var owned = _devices.Report(leaving: false).Devices.Where(status => status.RunId is not null)
            .Select(status => new Replica(status.Device.Id, status.RunId!)).ToHashSet();
        return [.. _sums.Where(known => !owned.Contains(known.Key))];
    }

    private Measurement<T> Series<T>(Replica replica, string label, string word, T value)
        where T : struct => new(
            _fromZero.Value(replica.ToString(), $"{label} {word}", value),
            new("run", replica.RunId), new("device", DeviceId.Name(replica.Device)), new KeyValuePair<string, object?>(label, word));

    private sealed record Replica(string Device, string RunId);

    private sealed record Sums(StepTimes Times, long Read, long Computed, DateTimeOffset At)
    {
        public Sums With(WindowReport report, DateTimeOffset now) =>
            new(Times + report.Times, Read + report.FeaturesRead, Computed + report.FeaturesComputed, now);
    }
}
