using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using DistributedFreeze.Runs;
using DistributedFreeze.Telemetry;

namespace DistributedFreeze.Grains.Telemetry;

/// <summary>What runs do, as metrics of the silo that coordinates them.</summary>
/// <remarks>
/// Thread-safe. The only label that grows with use is the run's id: its gauges go when the run ends, its counters a while later. A run that
/// another silo goes on with is counted there from 0: rises add up over silos, totals don't.
/// </remarks>
internal sealed class RunMetrics : IDisposable
{
    /// <summary>How long the counters of a run outlive it, so that the last values are seen.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromMinutes(5);

    /// <summary>How many runs' counters outlive them at most.</summary>
    public const int MostLingering = 100;

    /// <summary>From a head whose features are kept to a long tail on a processor; a step in seconds.</summary>
    private static readonly double[] StepBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private static readonly RunState[] Endings = [RunState.Succeeded, RunState.Failed, RunState.Interrupted, RunState.Cancelled];

    private readonly ConcurrentDictionary<string, RunSeries> _runs = new(StringComparer.Ordinal);
    private readonly FromZero _fromZero;
    private readonly TimeProvider _time;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _drift;
    private readonly Histogram<double> _steps;
    private readonly RenewedMeter _ofRuns;

    public RunMetrics(IMeterFactory meters, MetricsScrapes scrapes, TimeProvider time, CoordinationOptions options)
    {
        (_time, _fromZero) = (time, new(scrapes));
        var meter = meters.Create(Measures.Meter);
        _ended = Measures.RunsEnded.CreateCounter(meter);
        _drift = Measures.FrozenDrift.CreateCounter(meter);
        _steps = Measures.StepDuration.CreateHistogram(meter, StepBounds);

        // A counter that begins with its first failure hides that failure: a rise is seen from 0 only.
        _drift.Add(0);
        foreach (var state in Endings)
        {
            foreach (var reason in state == RunState.Failed ? FailureReason.OfFailures : [FailureReason.None])
            {
                _ended.Add(0, State(state), Reason(reason));
            }
        }

        Measures.CheckpointInterval.Observe<double>(meter, () => [new(options.CheckpointInterval.TotalSeconds)]);
        _ofRuns = new(meters, Observe);
    }

    /// <summary>Takes note of an event.</summary>
    public void Happened(string runId, RunEvent happened)
    {
        GiveUpOld();
        var now = _time.GetUtcNow();
        if (happened is not (RunEvent.Queued or RunEvent.Ended) || _runs.ContainsKey(runId)) // a run that waits has nothing to measure
        {
            _runs[runId] = _runs.GetValueOrDefault(runId, new() { StartedAt = now }).After(happened, now);
        }

        if (happened is RunEvent.Ended ended)
        {
            _ended.Add(1, State(ended.State), Reason(FailureReason.Of(ended)));
            _drift.Add(ended.ChangedLayers);
        }
    }

    /// <summary>Takes note of how long the steps of a window took.</summary>
    public void Stepped(int steps, TimeSpan took)
    {
        for (var i = 0; took > TimeSpan.Zero && i < steps; i++)
        {
            _steps.Record(took.TotalSeconds / steps);
        }
    }

    /// <summary>Takes note of what epochs came to before this silo began to coordinate a run, and of its labels.</summary>
    public void StandsAt(string runId, RunProgress progress, RunLabels labels)
    {
        if (_runs.TryGetValue(runId, out var series))
        {
            _runs[runId] = series.ScoredBefore(progress) with { Labels = labels };
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

    public void Dispose() => _ofRuns.Dispose();

    private void Observe(Meter meter)
    {
        Measures.RunInfo.Observe(meter, () => Going((run, series) => One<long>(1, [Run(run), .. Labels(series.Labels)])));
        Measures.RunParameters.Observe(
            meter,
            () => OfPhase(phase => phase.TrainableParameters, State("trainable")).Concat(OfPhase(phase => phase.FrozenParameters, State("frozen"))));
        Measures.RunMaskVersion.Observe(meter, () => OfPhase(phase => phase.MaskVersion));
        Measures.RunBoundaryDepth.Observe(meter, () => OfPhase(phase => phase.BoundaryDepth));
        Measures.RunThroughput.Observe(meter, () => OfWindow(window => window.ImagesPerSecond));
        Measures.RunLoss.Observe(meter, () => OfWindow(window => window.Loss));
        Measures.RunAccuracy.Observe(meter, () => OfWindow(window => window.Accuracy));
        Measures.RunValidationLoss.Observe(meter, () => OfScore(epoch => epoch.ValidationLoss));
        Measures.RunValidationAccuracy.Observe(meter, () => OfScore(epoch => epoch.ValidationAccuracy));
        Measures.RunLearningRate.Observe(meter, () => OfWindow(window => window.LearningRate));
        Measures.RunReplicas.Observe(meter, () => Going((run, series) => One<long>(series.Replicas, Run(run), State(series.ReplicaState))));
        Measures.RunStart.Observe(meter, () => Times(series => series.StartedAt));
        Measures.RunProgress.Observe(meter, () => Times(series => series.ProgressAt));
        Measures.RunCheckpointAge.Observe(
            meter,
            () => Going((run, series) => series.CheckpointAt is { } at ? One((_time.GetUtcNow() - at).TotalSeconds, Run(run)) : []));

        foreach (var (measure, sum) in new (Measure, Func<PhaseSums, long>)[]
        {
            (Measures.RunImages, sums => sums.Images),
            (Measures.RunSteps, sums => sums.Steps),
            (Measures.RunExchangeBytes, sums => sums.ExchangedBytes),
            (Measures.RunExchangeSaved, sums => sums.SavedBytes),
        })
        {
            measure.Observe(meter, () => Known().SelectMany(run => run.Value.Sums.Select(sums => Count(measure, run.Key, sum(sums.Value), Phase(sums.Key)))));
        }

        Measures.RunEpochs.Observe(meter, () => Known().Select(run => Count(Measures.RunEpochs, run.Key, run.Value.Epochs)));
        Measures.RunLosses.Observe(meter, () => Known().Select(run => Count(Measures.RunLosses, run.Key, run.Value.Losses)));
        Measures.RunStragglers.Observe(meter, () => Known().Select(run => Count(Measures.RunStragglers, run.Key, run.Value.Stragglers)));
        Measures.RunRecoveries.Observe(meter, () => Known().SelectMany(run => new[]
        {
            Count(Measures.RunRecoveries, run.Key, run.Value.Regroupings, new KeyValuePair<string, object?>("kind", "regrouped")),
            Count(Measures.RunRecoveries, run.Key, run.Value.PickUps, new KeyValuePair<string, object?>("kind", "picked_up")),
        }));
    }

    private IEnumerable<Measurement<long>> OfPhase(Func<RunEvent.PhaseStarted, long> value, params KeyValuePair<string, object?>[] more) =>
        Going((run, series) => series.Phase is { } phase ? One(value(phase), [Run(run), Phase(phase.Phase), .. more]) : []);

    private IEnumerable<Measurement<double>> OfWindow(Func<RunEvent.WindowDone, double> value) =>
        Going((run, series) => series.Window is { } window ? One(value(window), Run(run), Phase(window.Phase)) : []);

    private IEnumerable<Measurement<double>> OfScore(Func<EpochResult, double?> value) =>
        Going((run, series) => series.Scored is { } epoch && value(epoch) is { } score ? One(score, Run(run), Phase(epoch.Phase)) : []);

    private IEnumerable<Measurement<double>> Times(Func<RunSeries, DateTimeOffset?> value) =>
        Going((run, series) => value(series) is { } at ? One(at.ToUnixTimeMilliseconds() / 1000.0, Run(run)) : []);

    /// <summary>Of the runs that this silo coordinates now.</summary>
    private IEnumerable<Measurement<T>> Going<T>(Func<string, RunSeries, IEnumerable<Measurement<T>>> values)
        where T : struct => _runs.Where(run => run.Value.LeftAt is null).SelectMany(run => values(run.Key, run.Value));

    /// <summary>These and those that have ended a moment ago.</summary>
    private IEnumerable<KeyValuePair<string, RunSeries>> Known()
    {
        var oldest = _time.GetUtcNow() - Linger;
        return _runs.Where(run => !(run.Value.LeftAt < oldest));
    }

    private void GiveUpOld()
    {
        var oldest = _time.GetUtcNow() - Linger;
        var left = _runs.Where(run => run.Value.LeftAt is not null).OrderByDescending(run => run.Value.LeftAt);
        foreach (var run in left.Index().Where(run => run.Index >= MostLingering || run.Item.Value.LeftAt < oldest).Select(run => run.Item))
        {
            if (_runs.TryRemove(run)) // unless it has come back meanwhile
            {
                _fromZero.Forget(run.Key);
                _ofRuns.Gone();
            }
        }
    }

    private Measurement<long> Count(Measure measure, string runId, long value, params ReadOnlySpan<KeyValuePair<string, object?>> more) =>
        new(_fromZero.Value(runId, $"{measure.Name} {(more is [var label] ? label.Value : null)}", value), [Run(runId), .. more]);

    private static Measurement<T>[] One<T>(T value, params ReadOnlySpan<KeyValuePair<string, object?>> labels)
        where T : struct => [new(value, labels)];

    /// <summary>Prometheus allows no dash in a name, and no run has two labels that differ by it alone.</summary>
    private static IEnumerable<KeyValuePair<string, object?>> Labels(RunLabels labels) => labels.IsEmpty ? []
        : labels.All.Select(label => new KeyValuePair<string, object?>($"label_{label.Name.Replace('-', '_')}", label.Value));

    private static KeyValuePair<string, object?> Run(string runId) => new("run", runId);

    private static KeyValuePair<string, object?> Phase(int phase) => new("phase", phase + 1);

    private static KeyValuePair<string, object?> State(RunState state) => State(state.ToString().ToLowerInvariant());

    private static KeyValuePair<string, object?> State(string state) => new("state", state);

    private static KeyValuePair<string, object?> Reason(string reason) => new("reason", reason);
}
