using System.Collections.Concurrent;
using System.Diagnostics;
using DistributedFreeze.Runs;
using DistributedFreeze.Telemetry;

namespace DistributedFreeze.Grains.Telemetry;

/// <summary>What runs do, as traces: a span for each phase, and within it one for each window.</summary>
/// <remarks>Thread-safe. Where nobody listens it costs nothing. Spans end with the run, or when another silo goes on with it.</remarks>
internal sealed class RunTraces(TimeProvider time) : IDisposable
{
    /// <summary>Name of a phase's span.</summary>
    public const string PhaseSpan = "run.phase";

    /// <summary>Name of a window's span.</summary>
    public const string WindowSpan = "run.window";

    private readonly ActivitySource _source = new(Measures.Meter);
    private readonly ConcurrentDictionary<string, Activity> _phases = new(StringComparer.Ordinal);

    /// <summary>Takes note of an event.</summary>
    public void Happened(string runId, RunEvent happened)
    {
        switch (happened)
        {
            case RunEvent.PhaseStarted phase:
                End(runId);
                Begin(runId, phase);
                break;
            case RunEvent.WindowDone window when _phases.TryGetValue(runId, out var parent):
                AddWindow(runId, window, parent);
                break;
            case RunEvent.Ended { State: RunState.Failed } failed:
                End(runId, failed.Reason);
                break;
            case RunEvent.Ended or RunEvent.Paused:
                End(runId);
                break;
            default:
                break;
        }
    }

    /// <summary>Takes note that this silo does not coordinate a run any more.</summary>
    public void Left(string runId) => End(runId);

    public void Dispose() => _source.Dispose();

    private void Begin(string runId, RunEvent.PhaseStarted phase)
    {
        // A span of its own and not part of whatever call a grain happens to serve.
        var current = Activity.Current;
        Activity.Current = null;
        var span = _source.StartActivity(PhaseSpan, ActivityKind.Internal, parentContext: default, startTime: time.GetUtcNow());
        Activity.Current = current;
        if (span is not null)
        {
            span.SetTag("run", runId).SetTag("phase", phase.Phase + 1).SetTag("mask.hash", phase.MaskHash).SetTag("boundary", phase.Boundary);
            span.SetTag("parameters.trainable", phase.TrainableParameters);
            _phases[runId] = span;
        }
    }

    private void AddWindow(string runId, RunEvent.WindowDone window, Activity parent)
    {
        var current = Activity.Current;
        var end = time.GetUtcNow();
        var seconds = window.ImagesPerSecond > 0 ? window.WindowImages / window.ImagesPerSecond : 0;
        using (var span = _source.StartActivity(WindowSpan, ActivityKind.Internal, parent.Context, startTime: end.AddSeconds(-seconds)))
        {
            span?.SetTag("run", runId).SetTag("epoch", window.Epoch + 1).SetTag("step", window.Step).SetTag("steps", window.WindowSteps);
            span?.SetTag("images", window.WindowImages).SetTag("loss", window.Loss).SetEndTime(end.UtcDateTime);
        }

        Activity.Current = current;
    }

    private void End(string runId, string? failure = null)
    {
        if (_phases.TryRemove(runId, out var span))
        {
            var current = Activity.Current;
            span.SetStatus(failure is null ? ActivityStatusCode.Ok : ActivityStatusCode.Error, failure);
            span.SetEndTime(time.GetUtcNow().UtcDateTime);
            span.Dispose();
            Activity.Current = current;
        }
    }
}
