using DistributedFreeze.Cli.Results.Curves;
using DistributedFreeze.Cli.Results.Mlflow;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Results;

public sealed class MlflowSinkTests : IAsyncLifetime
{
    private static readonly MlflowPatience Short = new() { FirstPause = TimeSpan.FromMilliseconds(1), LongestPause = TimeSpan.FromMilliseconds(4) };

    private MlflowStandIn _server = null!;
    private readonly List<string> _warnings = [];

    [Fact]
    public async Task ARun_IsThereWithParametersPointsTagsAndEnd()
    {
        await SendAsync(ToldRuns.SetBack);

        var run = Assert.Single(_server.Runs);
        Assert.Equal(("curves", "FINISHED", ToldRuns.Start.ToUnixTimeMilliseconds()), (run.Name, run.Status, run.StartTime));
        Assert.Equal(ToldRuns.SetBack[^1].At.ToUnixTimeMilliseconds(), run.EndTime);
        Assert.Equal(
            [("train/loss", 2.5, 1L), ("train/accuracy", 0.5, 1), ("train/learning_rate", 0.25, 1), ("train/images_per_second", 100, 1)],
            run.Metrics.Take(4).Select(metric => (metric.Key, metric.Value, metric.Step)));
        Assert.Equal([1L, 3, 5, 6, 9], run.Metrics.Where(metric => metric.Key == "train/loss").Select(metric => metric.Step));
        Assert.Equal([3.25, 2.25, 1.5], run.Metrics.Where(metric => metric.Key == "epoch/validation_loss").Select(metric => metric.Value));
        Assert.Equal([("test/loss", 0.625), ("test/accuracy", 0.875)], run.Metrics.TakeLast(2).Select(metric => (metric.Key, metric.Value)));
        Assert.Equal(ToldRuns.Start.AddSeconds(2).ToUnixTimeMilliseconds(), run.Metrics[0].Timestamp);
        Assert.Equal(("run-1", "model", "17"), (run.Tags["dfreeze.runId"], run.Tags["dfreeze.modelSha256"], run.Tags["dfreeze.lastEvent"]));
        Assert.Equal(("8", "images", "adam", "1"), (run.Params["batchSize"], run.Params["data.path"], run.Params["phases.0.optimizer.kind"], run.Params["phases.1.epochs"]));
        Complain();
    }

    /// <summary>A process that watches is killed after any event; what it has sent by then is left to chance.</summary>
    [Fact]
    public async Task AWatchThatDied_IsGoneOnWith_AndNeitherLosesNorDoublesAPoint()
    {
        await SendAsync(ToldRuns.SetBack);
        var whole = _server.Runs[0].Metrics.ToList();

        for (var events = 1; events < ToldRuns.SetBack.Length; events += 3)
        {
            _server.Runs.Clear();
            await using (var died = Sink())
            {
                foreach (var happened in ToldRuns.SetBack.Take(events))
                {
                    died.Take(happened);
                }
            }

            await SendAsync(ToldRuns.SetBack);

            Assert.Equal(whole, Assert.Single(_server.Runs).Metrics);
        }

        Complain();
    }

    [Theory]
    [InlineData(MlflowFault.Unavailable)]
    [InlineData(MlflowFault.BrokenBefore)]
    [InlineData(MlflowFault.BrokenAfter)]
    [InlineData(MlflowFault.FailedAfter)]
    internal async Task ACallThatFails_IsMadeAgain_AndNeitherLosesNorDoublesAPoint(MlflowFault fault)
    {
        await SendAsync(ToldRuns.SetBack);
        var whole = _server.Runs[0].Metrics.ToList();
        _server.Runs.Clear();

        var before = _server.Calls;
        _server.Fault = (number, _) => (number - before) % 5 == 1 ? fault : MlflowFault.None;
        await SendOneByOneAsync(ToldRuns.SetBack);

        Assert.True(_server.Calls - before > 20);
        var run = Assert.Single(_server.Runs);
        Assert.Equal(whole, run.Metrics);
        Assert.Equal(("FINISHED", "17"), (run.Status, run.Tags["dfreeze.lastEvent"]));
        Complain();
    }

    [Fact]
    public async Task ASecondWatch_WritesNothing()
    {
        await SendAsync(ToldRuns.SetBack);
        _server.Done.Clear();

        await SendAsync(ToldRuns.SetBack);

        Assert.Equal(["experiments/get-by-name", "runs/search"], _server.Done);
    }

    [Fact]
    public async Task ARunThatGoesOn_RunsAgain()
    {
        var half = ToldRuns.Numbered([.. ToldRuns.SetBack.Take(9), new RunEvent.Ended(RunState.Interrupted, "asked for", [])]);
        await SendAsync(half, receipt: null);
        Assert.Equal(("KILLED", "10"), (_server.Runs[0].Status, _server.Runs[0].Tags["dfreeze.lastEvent"]));

        await SendAsync(ToldRuns.Numbered([.. half, new RunEvent.Resumed(), .. ToldRuns.SetBack.Skip(9)]));

        var run = Assert.Single(_server.Runs);
        Assert.Equal([1L, 3, 5, 6, 9], run.Metrics.Where(metric => metric.Key == "train/loss").Select(metric => metric.Step));
        Assert.Equal("FINISHED", run.Status);
        Assert.Equal(3, _server.Done.Count(path => path == "runs/update")); // killed, running, finished
        Complain();
    }

    [Fact]
    public async Task AnotherRunOfTheSameId_IsAnotherRunThere()
    {
        await SendAsync(ToldRuns.SetBack);
        await SendAsync([.. ToldRuns.SetBack.Select(happened => happened with { At = happened.At.AddDays(1) })]);

        Assert.Equal(2, _server.Runs.Count);
        Assert.Equal(_server.Runs[0].Metrics.Count, _server.Runs[1].Metrics.Count);
    }

    /// <summary>So many points and parameters that no call takes them all, and losses that are no numbers.</summary>
    [Fact]
    public async Task WhatManyEventsComeTo_IsSentInCallsWithinTheLimits()
    {
        var phases = Enumerable.Repeat(new PhaseSpec { Epochs = 100 }, 20).ToArray();
        var events = ToldRuns.Numbered(
            [ToldRuns.Prepared, .. Enumerable.Range(0, 600).Select(epoch => ToldRuns.Window(epoch / 100, epoch % 100, 3, double.NaN)), new RunEvent.Ended(RunState.Failed, "diverged", [])]);
        _server.Fault = (number, _) => number < 3 ? MlflowFault.Unavailable : MlflowFault.None;
        await using var sink = Sink(ToldRuns.Spec with { Phases = [.. phases] });
        foreach (var happened in events)
        {
            sink.Take(happened);
        }

        await sink.EndAsync(null, (RunEvent.Ended)events[^1]);

        var run = Assert.Single(_server.Runs);
        Assert.Equal(600 * 4, run.Metrics.Count);
        Assert.All(run.Metrics.Where(metric => metric.Key == "train/loss"), metric => Assert.Equal(double.NaN, metric.Value));
        Assert.True(run.Params.Count > 100);
        Assert.Equal("FAILED", run.Status);
        Complain();
    }

    [Fact]
    public async Task AServerThatIsDown_IsToldOfOnce()
    {
        var target = Target() with { Address = new($"http://127.0.0.1:{UnusedPort.Find()}/") };
        await using (var sink = new MlflowSink(target, "curves", "run-1", ToldRuns.Spec, _warnings.Add, Short with { AtEnd = TimeSpan.FromMilliseconds(50) }))
        {
            foreach (var happened in ToldRuns.SetBack)
            {
                sink.Take(happened);
            }

            Assert.Empty(_warnings);
            await sink.EndAsync(ToldRuns.Receipt, (RunEvent.Ended)ToldRuns.SetBack[^1]);
        }

        Assert.StartsWith($"MLflow's server {target.Address.AbsoluteUri.TrimEnd('/')} lacks the end of the run's curves: ", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, """{"error_code":"UNAUTHENTICATED","message":"who are you?"}""", "it answers 401 UNAUTHENTICATED: who are you?")]
    [InlineData(302, "", "it answers 302")]
    [InlineData(200, "<html>a shop</html>", "its answer is no JSON object, so it is no tracking server of MLflow's")]
    [InlineData(200, """{"experiment":{},"experiment":{}}""", "its answer is no JSON object, so it is no tracking server of MLflow's")]
    [InlineData(200, """{"experiment":"x"}""", "its answer is not understood, so it is no tracking server of MLflow's")]
    [InlineData(200, """{"experiment":{"experiment_id":"\ud800"}}""", "its answer is not understood, so it is no tracking server of MLflow's")]
    [InlineData(200, """{"experiment":{"experiment_id":"1","lifecycle_stage":"deleted"}}""", "its experiment dfreeze was deleted: restore it there, or name another by --mlflow-experiment")]
    public async Task AServerThatRefuses_IsToldOfOnce_AndNotAskedAgain(int status, string body, string why)
    {
        _server.Always = (status, body);

        await SendAsync(ToldRuns.SetBack);

        Assert.EndsWith($"lacks the end of the run's curves: {why}", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.Equal(1, _server.Calls);
    }

    [Fact]
    public async Task ACharacterSetThatNobodyKnows_IsNoMatter()
    {
        _server.ContentType = "application/json; charset=foo";

        await SendAsync(ToldRuns.SetBack);

        Assert.Empty(_warnings);
        Assert.Equal("FINISHED", Assert.Single(_server.Runs).Status);
        Complain();
    }

    [Fact]
    public void AValueThatIsLong_IsCutBetweenCharacters()
    {
        var parameters = MlflowParams.Of(ToldRuns.Spec with { Output = new string('ä', 400) });

        var output = parameters.Single(parameter => parameter.Key == "output").Value;
        Assert.Equal($"{new string('ä', 248)}...", output);
    }

    public async ValueTask InitializeAsync() => _server = await MlflowStandIn.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private void Complain()
    {
        Assert.Empty(_server.Complaints);
        Assert.Empty(_warnings);
        Assert.All(_server.Authorizations, authorization => Assert.Equal("Bearer secret", authorization));
    }

    private MlflowTarget Target() => MlflowTarget.Of(_server.Address, null, variable => variable == "MLFLOW_TRACKING_TOKEN" ? "secret" : null);

    private MlflowSink Sink(RunSpec? spec = null) => new(Target(), "curves", "run-1", spec ?? ToldRuns.Spec, _warnings.Add, Short);

    private Task SendAsync(IReadOnlyList<RunEvent> events) => SendAsync(events, ToldRuns.Receipt);

    private async Task SendAsync(IReadOnlyList<RunEvent> events, Receipt? receipt)
    {
        await using var sink = Sink();
        foreach (var happened in events)
        {
            sink.Take(happened);
        }

        await sink.EndAsync(receipt, (RunEvent.Ended)events[^1]);
    }

    /// <summary>The points of each epoch are there before the next event happens, so that there are many calls.</summary>
    private async Task SendOneByOneAsync(IReadOnlyList<RunEvent> events)
    {
        var scalars = new RunScalars(ToldRuns.Spec);
        await using var sink = Sink();
        foreach (var happened in events)
        {
            var arrived = scalars.Of(happened).IsEmpty ? Task.CompletedTask : _server.HasAsync(happened.Sequence);
            sink.Take(happened);
            await arrived.WaitAsync(TestContext.Current.CancellationToken);
        }

        await sink.EndAsync(ToldRuns.Receipt, (RunEvent.Ended)events[^1]);
    }
}
