using System.Collections.Concurrent;
using System.Diagnostics;
using DistributedFreeze.Runs;
using DistributedFreeze.Telemetry;

namespace DistributedFreeze.Grains.Telemetry;

/// <summary>What runs do, as traces: a span for the time that a silo drives a run, within it one for each phase, and within that one for each window.</summary>
/// <remarks>
/// They belong to the trace of the call that submitted the run, whichever silo drives it, and so do the calls of its replicas. Thread-safe. Where nobody listens it costs nothing.
/// Spans end with the run, or when another silo goes on with it.
/// </remarks>
internal sealed class RunTraces(TimeProvider time) : IDisposable
{
    /// <summary>Name of the span of a run that a silo drives.</summary>
    public const string RunSpan = "run";

    /// <summary>Name of a phase's span.</summary>
    public const string PhaseSpan = "run.phase";

    /// <summary>Name of a window's span.</summary>
    public const string WindowSpan = "run.window";

    /// <summary>Characters of a span's id as W3C's trace context writes it.</summary>
    private const int IdLength = 55;

    private readonly ActivitySource _source = new(Measures.Meter);
    private readonly ConcurrentDictionary<string, Activity> _driven = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Activity> _phases = new(StringComparer.Ordinal);

    /// <summary>The span of the call that is served now, to be kept with what it asks for; null where it is not traced.</summary>
    /// <param name="unrecorded">The caller's span where it has decided that its trace is not recorded, which counts for the run, too; one that is recorded is not taken from the caller's words.</param>
    public static string? OfCall(string? unrecorded = null) =>
        Activity.Current is { Recorded: true, IdFormat: ActivityIdFormat.W3C } call ? call.Id
        : unrecorded is { Length: IdLength } && ActivityContext.TryParse(unrecorded, null, out var span) && !span.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? unrecorded
        : null;

    /// <summary>Begins the span of a run that this silo drives, in which everything lies that follows in the caller's flow.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="submittedBy">What <see cref="OfCall"/> said when it was submitted.</param>
    /// <returns>Ends the span; null where nobody listens.</returns>
    public IDisposable? Drive(string runId, string? submittedBy)
    {
        // Not part of whatever call a grain happens to serve.
        Activity.Current = null;
        var parent = ActivityContext.TryParse(submittedBy, null, isRemote: true, out var submitted) ? submitted : default;
        if (_source.StartActivity(RunSpan, ActivityKind.Internal, parent, startTime: time.GetUtcNow())?.SetTag("run", runId) is not { } span)
        {
            return null;
        }

        _driven[runId] = span;
        return new Driven(this, runId, span);
    }

    /// <summary>Takes note of an event.</summary>
    public void Happened(string runId, RunEvent happened)
    {
        switch (happened)
        {
            case RunEvent.PhaseStarted phase:
                End(runId);
                Begin(runId, phase);
                break;
            case RunEvent.Ended { State: RunState.Failed } failed:
                End(runId, failed.Reason);
                _driven.GetValueOrDefault(runId)?.SetStatus(ActivityStatusCode.Error, failed.Reason);
                break;
            case RunEvent.Ended or RunEvent.Paused:
                End(runId);
                break;
            default:
                break;
        }
    }

    /// <summary>Tells of a window; what is recorded meanwhile may name its span as an example.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="window">The window.</param>
    /// <param name="took">How long it took.</param>
    /// <param name="record">What is to be recorded.</param>
    public void Window(string runId, RunEvent.WindowDone window, TimeSpan took, Action record)
    {
        if (!_phases.TryGetValue(runId, out var parent))
        {
            record();
            return;
        }

        var current = Activity.Current;
        var end = time.GetUtcNow();
        using (var span = _source.StartActivity(WindowSpan, ActivityKind.Internal, parent.Context, startTime: end - took))
        {
            span?.SetTag("run", runId).SetTag("epoch", window.Epoch + 1).SetTag("step", window.Step).SetTag("steps", window.WindowSteps);
            span?.SetTag("images", window.WindowImages).SetTag("loss", window.Loss);
            record();
            span?.SetEndTime(end.UtcDateTime);
        }

        Activity.Current = current;
    }

    /// <summary>Takes note that this silo does not coordinate a run any more.</summary>
    public void Left(string runId) => End(runId);

    public void Dispose() => _source.Dispose();

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    private void Begin(string runId, RunEvent.PhaseStarted phase)
    {
        var current = Activity.Current;
        Activity.Current = null;
        var span = _source.StartActivity(PhaseSpan, ActivityKind.Internal, _driven.GetValueOrDefault(runId)?.Context ?? default, startTime: time.GetUtcNow());
        Activity.Current = current;
        if (span is not null)
        {
            span.SetTag("run", runId).SetTag("phase", phase.Phase + 1).SetTag("mask.hash", phase.MaskHash).SetTag("boundary", phase.Boundary);
            span.SetTag("parameters.trainable", phase.TrainableParameters);
            _phases[runId] = span;
        }
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

    /// <summary>A run that a silo drives.</summary>
    private sealed class Driven(RunTraces traces, string runId, Activity span) : IDisposable
    {
        public void Dispose()
        {
            traces._driven.TryRemove(new(runId, span));
            span.SetEndTime(traces.Now);
            span.Dispose();
        }
    }
}
