using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Telemetry;

/// <summary>What runs do, as metrics.</summary>
/// <remarks>Thread-safe. The only label that grows with use is the run's id, and a run's gauges go when it ends.</remarks>
internal sealed class RunMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "DistributedFreeze";

    private readonly ConcurrentDictionary<string, RunEvent.PhaseStarted> _phases = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RunEvent.WindowDone> _windows = new(StringComparer.Ordinal);
    private readonly Counter<long> _epochs;
    private readonly Counter<long> _ended;

    public RunMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _epochs = meter.CreateCounter<long>("distributed_freeze.run.epochs", "{epoch}", "Epochs trained and validated.");
        _ended = meter.CreateCounter<long>("distributed_freeze.run.ended", "{run}", "Runs that ended, by state.");
        meter.CreateObservableGauge(
            "distributed_freeze.run.parameters", Parameters, "{parameter}", "Parameters of a run's current phase, by state: trainable or frozen.");
        meter.CreateObservableGauge("distributed_freeze.run.throughput", Throughput, "{image}/s", "Training images per second of a run's last window.");
        meter.CreateObservableGauge("distributed_freeze.run.loss", Losses, "1", "Mean training loss of a run's current epoch so far.");
        meter.CreateObservableGauge("distributed_freeze.run.accuracy", Accuracies, "1", "Training accuracy of a run's current epoch so far.");
    }

    /// <summary>Takes note of an event.</summary>
    public void Happened(string runId, RunEvent happened)
    {
        switch (happened)
        {
            case RunEvent.PhaseStarted phase:
                _phases[runId] = phase;
                break;
            case RunEvent.WindowDone window:
                _windows[runId] = window;
                break;
            case RunEvent.EpochDone:
                _epochs.Add(1, Run(runId));
                break;
            case RunEvent.Ended ended:
                _ended.Add(1, new KeyValuePair<string, object?>("state", ended.State.ToString().ToLowerInvariant()));
                _phases.TryRemove(runId, out _);
                _windows.TryRemove(runId, out _);
                break;
            default:
                break;
        }
    }

    private IEnumerable<Measurement<long>> Parameters() => _phases.SelectMany(pair => new Measurement<long>[]
    {
        new(pair.Value.TrainableParameters, Run(pair.Key), new("state", "trainable")),
        new(pair.Value.FrozenParameters, Run(pair.Key), new("state", "frozen")),
    });

    private IEnumerable<Measurement<double>> Throughput() => Gauge(window => window.ImagesPerSecond);

    private IEnumerable<Measurement<double>> Losses() => Gauge(window => window.Loss);

    private IEnumerable<Measurement<double>> Accuracies() => Gauge(window => window.Accuracy);

    private IEnumerable<Measurement<double>> Gauge(Func<RunEvent.WindowDone, double> value) =>
        _windows.Select(pair => new Measurement<double>(value(pair.Value), Run(pair.Key)));

    private static KeyValuePair<string, object?> Run(string runId) => new("run", runId);
}
