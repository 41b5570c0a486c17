using System.Diagnostics;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Telemetry;

public sealed class RunTracesTests : IDisposable
{
    private readonly string _run = $"traced-{Guid.NewGuid():n}";
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));
    private readonly List<Activity> _ended = [];
    private readonly RunTraces _traces;
    private readonly ActivityListener _listener;
    private Sampler _sample = (in _) => ActivitySamplingResult.AllData;

    private delegate ActivitySamplingResult Sampler(in ActivityContext parent);

    public RunTracesTests()
    {
        _traces = new(_time);
        _listener = new()
        {
            ShouldListenTo = source => source.Name == "DistributedFreeze",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => _sample(options.Parent),
            ActivityStopped = span =>
            {
                // Other silos of this process trace their runs, too.
                if (span.GetTagItem("run") as string == _run)
                {
                    _ended.Add(span);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    [Fact]
    public void AWindow_IsASpanWithinItsPhases()
    {
        _traces.Happened(_run, Phase(0));
        _time.Advance(TimeSpan.FromSeconds(2));
        ActivitySpanId? recordedIn = null;
        _traces.Window(_run, Window, TimeSpan.FromSeconds(0.5), () => recordedIn = Activity.Current?.SpanId);
        _time.Advance(TimeSpan.FromSeconds(1));
        _traces.Happened(_run, new RunEvent.Ended(RunState.Succeeded, null, []));

        Assert.Equal(["run.window", "run.phase"], _ended.Select(span => span.OperationName));
        var (window, phase) = (_ended[0], _ended[1]);
        Assert.Equal(phase.SpanId, window.ParentSpanId);
        Assert.Equal(window.SpanId, recordedIn);
        Assert.Equal(TimeSpan.FromSeconds(0.5), window.Duration);
        Assert.Equal(TimeSpan.FromSeconds(3), phase.Duration);
        Assert.Equal(ActivityStatusCode.Ok, phase.Status);
        Assert.Equal(1, phase.GetTagItem("phase"));
    }

    [Fact]
    public void ARun_IsPartOfTheTraceThatItWasSubmittedIn_WhicheverSiloDrivesIt()
    {
        using var call = new Activity("call").SetIdFormat(ActivityIdFormat.W3C);
        call.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        call.Start();
        var submitted = RunTraces.OfCall();
        call.Stop();
        using var other = new Activity("other").Start();

        for (var silo = 0; silo < 2; silo++)
        {
            using var driven = _traces.Drive(_run, submitted);
            Assert.Equal("run", Activity.Current?.OperationName);
            _traces.Happened(_run, Phase(silo));
            _traces.Happened(_run, silo == 0 ? new RunEvent.Paused() : new RunEvent.Ended(RunState.Failed, "the disk is full", []));
        }

        Assert.Equal(["run.phase", "run", "run.phase", "run"], _ended.Select(span => span.OperationName));
        Assert.All(_ended, span => Assert.Equal(call.TraceId, span.TraceId));
        Assert.Equal((_ended[1].SpanId, call.SpanId), (_ended[0].ParentSpanId, _ended[1].ParentSpanId));
        Assert.Equal([ActivityStatusCode.Unset, ActivityStatusCode.Error], new[] { _ended[1].Status, _ended[3].Status });
    }

    [Fact]
    public void ACallThatIsNotTraced_IsNotKept()
    {
        Assert.Null(RunTraces.OfCall());
        using var call = new Activity("call").Start();
        Assert.Null(RunTraces.OfCall());
        using (_traces.Drive(_run, null))
        {
            Assert.NotEqual(call.TraceId, Activity.Current?.TraceId);
        }

        Assert.Equal(default, Assert.Single(_ended).ParentSpanId);
    }

    [Fact]
    public void ACallerWhoRecordsNoTrace_HasNoneOfItsRunEither()
    {
        const string Unrecorded = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        Assert.Equal(Unrecorded, RunTraces.OfCall(Unrecorded));
        Assert.Null(RunTraces.OfCall(Unrecorded[..^1] + '1'));
        Assert.Null(RunTraces.OfCall(Unrecorded + "-and-more"));
        Assert.Null(RunTraces.OfCall("nonsense"));
        _sample = (in ActivityContext parent) =>
            parent != default && !parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? ActivitySamplingResult.PropagationData : ActivitySamplingResult.AllDataAndRecorded;

        using (_traces.Drive(_run, Unrecorded))
        {
            Assert.Equal("0af7651916cd43dd8448eb211c80319c", Activity.Current?.TraceId.ToHexString());
            Assert.False(Activity.Current?.Recorded);
        }
    }

    [Fact]
    public void TheNextPhase_EndsTheLastOne()
    {
        _traces.Happened(_run, Phase(0));
        _traces.Happened(_run, Phase(1));
        _traces.Left(_run);

        Assert.Equal([1, 2], _ended.Select(span => span.GetTagItem("phase")));
        Assert.NotEqual(_ended[0].TraceId, _ended[1].TraceId);
    }

    [Fact]
    public void AFailure_IsThePhasesStatus()
    {
        _traces.Happened(_run, Phase(0));

        _traces.Happened(_run, new RunEvent.Ended(RunState.Failed, "the disk is full", []));

        var phase = Assert.Single(_ended);
        Assert.Equal((ActivityStatusCode.Error, "the disk is full"), (phase.Status, phase.StatusDescription));
    }

    [Fact]
    public void Spans_LeaveTheCallersOwnAlone()
    {
        using var call = new Activity("call").Start();

        _traces.Happened(_run, Phase(0));
        _traces.Window(_run, Window, TimeSpan.FromSeconds(0.5), () => { });
        _traces.Left(_run);

        Assert.Same(call, Activity.Current);
        Assert.Equal(default, _ended[^1].ParentSpanId);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _traces.Dispose();
    }

    private static RunEvent.PhaseStarted Phase(int phase) => new(phase, 2, 2, "hash", "avg_pool", 10, 90, 40);

    private static RunEvent.WindowDone Window { get; } = new(0, 0, 5, 10, 0.5, 0.5, 40, null) { WindowSteps = 5, WindowImages = 20 };
}
