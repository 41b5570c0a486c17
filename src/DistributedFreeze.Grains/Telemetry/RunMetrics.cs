using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Runs;
using DistributedFreeze.Telemetry;

namespace DistributedFreeze.Grains.Telemetry;

/// <summary>What runs do, as metrics of the silo that coordinates them.</summary>
/// <remarks>Thread-safe. The only label that grows with use is the run's id: its gauges go when the run ends, its counters a while later.</remarks>
internal sealed class RunMetrics
{
    /// <summary>How long the counters of a run outlive it, so that the last values are seen.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromMinutes(5);

    private static readonly RunState[] Endings = [RunState.Succeeded, RunState.Failed, RunState.Interrupted, RunState.Cancelled];

    private readonly ConcurrentDictionary<string, RunSeries> _runs = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _drift;

    public RunMetrics(IMeterFactory meters, TimeProvider time, CoordinationOptions options)
    {
        _time = time;
        var meter = meters.Create(Measures.Meter);
        _ended = Measures.RunsEnded.CreateCounter(meter);
        _drift = Measures.FrozenDrift.CreateCounter(meter);

        // A counter that begins with its first failure hides that failure: a rise is seen from 0 only.
        _drift.Add(0);
        foreach (var state in Endings)
        {
            _ended.Add(0, State(state));
        }

        Measures.CheckpointInterval.Observe<double>(meter, () => [new(options.CheckpointInterval.TotalSeconds)]);
        Measures.RunParameters.Observe(
            meter,
            () => OfPhase(phase => phase.TrainableParameters, State("trainable")).Concat(OfPhase(phase => phase.FrozenParameters, State("frozen"))));
        Measures.RunMaskVersion.Observe(meter, () => OfPhase(phase => phase.MaskVersion));
        Measures.RunBoundaryDepth.Observe(meter, () => OfPhase(phase => phase.BoundaryDepth));
        Measures.RunThroughput.Observe(meter, () => OfWindow(window => window.ImagesPerSecond));
        Measures.RunLoss.Observe(meter, () => OfWindow(window => window.Loss));
        Measures.RunAccuracy.Observe(meter, () => OfWindow(window => window.Accuracy));
        Measures.RunLearningRate.Observe(meter, () => OfWindow(window => window.LearningRate));
        Measures.RunReplicas.Observe(meter, () => Going((run, series) => One<long>(series.Replicas, Run(run), State(series.ReplicaState))));
        Measures.RunStart.Observe(meter, () => Times(series => series.StartedAt));
        Measures.RunProgress.Observe(meter, () => Times(series => series.ProgressAt));
        Measures.RunCheckpointAge.Observe(
            meter,
            () => Going((run, series) => series.CheckpointAt is { } at ? One((_time.GetUtcNow() - at).TotalSeconds, Run(run)) : []));

        Measures.RunImages.Observe(meter, () => Sums(sums => sums.Images));
        Measures.RunSteps.Observe(meter, () => Sums(sums => sums.Steps));
        Measures.RunExchangeBytes.Observe(meter, () => Sums(sums => sums.ExchangedBytes));
        Measures.RunExchangeSaved.Observe(meter, () => Sums(sums => sums.SavedBytes));
        Measures.RunEpochs.Observe(meter, () => Known((run, series) => One(series.Epochs, Run(run))));
        Measures.RunLosses.Observe(meter, () => Known((run, series) => One(series.Losses, Run(run))));
        Measures.RunRecoveries.Observe(meter, () => Known((run, series) => new Measurement<long>[]
        {
            new(series.Regroupings, Run(run), new("kind", "regrouped")),
            new(series.PickUps, Run(run), new("kind", "picked-up")),
        }));
    }

    /// <summary>Takes note of an event.</summary>
    public void Happened(string runId, RunEvent happened)
    {
        var now = _time.GetUtcNow();
        _runs[runId] = _runs.GetValueOrDefault(runId, new() { StartedAt = now }).After(happened, now);
        if (happened is RunEvent.Ended ended)
        {
            _ended.Add(1, State(ended.State));
            _drift.Add(ended.ChangedLayers);
        }
    }

    /// <summary>Takes note that this silo does not coordinate a run any more, whether it has ended or not.</summary>
    public void Left(string runId)
    {
        if (_runs.TryGetValue(runId, out var series))
        {
            _runs[runId] = series.Left(_time.GetUtcNow());
        }
    }

    private IEnumerable<Measurement<long>> OfPhase(Func<RunEvent.PhaseStarted, long> value, params KeyValuePair<string, object?>[] more) =>
        Going((run, series) => series.Phase is { } phase ? One(value(phase), [Run(run), Phase(phase.Phase), .. more]) : []);

    private IEnumerable<Measurement<double>> OfWindow(Func<RunEvent.WindowDone, double> value) =>
        Going((run, series) => series.Window is { } window ? One(value(window), Run(run), Phase(window.Phase)) : []);

    private IEnumerable<Measurement<double>> Times(Func<RunSeries, DateTimeOffset?> value) =>
        Going((run, series) => value(series) is { } at ? One(at.ToUnixTimeMilliseconds() / 1000.0, Run(run)) : []);

    private IEnumerable<Measurement<long>> Sums(Func<PhaseSums, long> value) => Known((run, series) =>
        series.Sums.Select(sums => new Measurement<long>(value(sums.Value), Run(run), Phase(sums.Key))));

    /// <summary>Of the runs that this silo coordinates now.</summary>
    private IEnumerable<Measurement<T>> Going<T>(Func<string, RunSeries, IEnumerable<Measurement<T>>> values)
        where T : struct => _runs.Where(run => run.Value.LeftAt is null).SelectMany(run => values(run.Key, run.Value));

    /// <summary>Of these and of those that have ended a moment ago.</summary>
    private IEnumerable<Measurement<T>> Known<T>(Func<string, RunSeries, IEnumerable<Measurement<T>>> values)
        where T : struct
    {
        var oldest = _time.GetUtcNow() - Linger;
        foreach (var run in _runs.Where(run => run.Value.LeftAt < oldest))
        {
            _runs.TryRemove(run); // unless it has come back meanwhile
        }

        return _runs.SelectMany(run => values(run.Key, run.Value));
    }

    private static Measurement<T>[] One<T>(T value, params ReadOnlySpan<KeyValuePair<string, object?>> labels)
        where T : struct => [new(value, labels)];

    private static KeyValuePair<string, object?> Run(string runId) => new("run", runId);

    private static KeyValuePair<string, object?> Phase(int phase) => new("phase", phase + 1);

    private static KeyValuePair<string, object?> State(RunState state) => State(state.ToString().ToLowerInvariant());

    private static KeyValuePair<string, object?> State(string state) => new("state", state);
}
