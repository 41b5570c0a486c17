using DistributedFreeze.Client;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing;
using DistributedFreeze.Grains.Tests.Clusters;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Runs;

/// <summary>Runs through real grains, seen from a client.</summary>
[Slow]
public sealed class RunTests(TestSilo silo) : IDisposable
{
    private readonly SmallestRuns _runs = new();
    private readonly DistributedFreezeClient _client = new(silo.Client);

    [Fact]
    public async Task ARun_GivesTheSameModelOnOneTwoAndFourReplicas()
    {
        var receipts = new List<Receipt>();
        foreach (var replicas in (int[])[1, 2, 4])
        {
            var runId = await _client.SubmitAsync(_runs.Spec($"on-{replicas}", replicas), cancellationToken: TestContext.Current.CancellationToken);
            var ended = await RunEvents.EndAsync(silo.Client, runId);
            Assert.Equal((RunState.Succeeded, null), (ended.State, ended.Reason));
            receipts.Add((await _client.GetAsync(runId, TestContext.Current.CancellationToken)).Receipt!);
        }

        Assert.Equal([1, 2, 4], receipts.Select(receipt => receipt.Replicas));
        Assert.All(receipts, receipt => Assert.Equal(receipts[0].ModelSha256, receipt.ModelSha256));
        Assert.All(receipts, receipt => Assert.Equal(receipts[0].TestLoss, receipt.TestLoss));
        Assert.All(receipts, receipt => Assert.True(receipt.FrozenUnchanged));
        Assert.Equal(File.ReadAllBytes(Model("on-1")), File.ReadAllBytes(Model("on-4")));
    }

    [Fact]
    public async Task AHeadOnAnOnnxBase_IsTheSameOnOneAndTwoReplicas()
    {
        File.WriteAllBytes(_runs.In("model.onnx"), StrangeGraphs.Mobile(size: -1).ToArray());
        var last = default((RunSpec Spec, string RunId));
        var receipts = new List<Receipt>();
        foreach (var replicas in (int[])[1, 2])
        {
            var spec = _runs.Spec($"on-{replicas}", replicas) with { Model = new() { Base = _runs.In("model.onnx") }, Phases = [new() { Epochs = 2 }] };
            var runId = await _client.SubmitAsync(spec, cancellationToken: TestContext.Current.CancellationToken);
            var ended = await RunEvents.EndAsync(silo.Client, runId);
            Assert.Equal((RunState.Succeeded, null), (ended.State, ended.Reason));
            Assert.Equal(runId, await _client.SubmitAsync(spec, runId: runId, cancellationToken: TestContext.Current.CancellationToken)); // the same run, whatever was found out of it
            receipts.Add((await _client.GetAsync(runId, TestContext.Current.CancellationToken)).Receipt!);
            last = (spec, runId);
        }

        File.Delete(_runs.In("model.onnx"));
        Assert.Equal(last.RunId, await _client.SubmitAsync(last.Spec!, runId: last.RunId, cancellationToken: TestContext.Current.CancellationToken)); // known, though its file is gone
        Assert.Equal(receipts[0].ModelSha256, receipts[1].ModelSha256);
        Assert.All(receipts, receipt => Assert.Equal(("features", StrangeGraphs.MobileFeatures), (receipt.Spec.Model.Boundary, receipt.Spec.Model.BaseFeatures)));
        Assert.All(receipts, receipt => Assert.Equal("base", Assert.Single(receipt.FrozenLayers).Layer));
    }

    [Fact]
    public async Task ARunsEvents_TellItsStoryInOrder()
    {
        var runId = await _client.SubmitAsync(_runs.Spec("out"), cancellationToken: TestContext.Current.CancellationToken);

        var events = await RunEvents.ToTheEndAsync(silo.Client, runId);

        Assert.Equal(Enumerable.Range(1, events.Count).Select(number => (long)number), events.Select(happened => happened.Sequence));
        Assert.IsType<RunEvent.Prepared>(events[0]);
        var phases = events.OfType<RunEvent.PhaseStarted>().ToList();
        Assert.Equal([(0, 2), (1, 1)], phases.Select(phase => (phase.Phase, phase.Epochs)));
        Assert.Equal([(0, 0), (0, 1), (1, 0)], events.OfType<RunEvent.EpochDone>().Select(epoch => (epoch.Result.Phase, epoch.Result.Epoch)));
        Assert.IsType<RunEvent.Ended>(events[^1]);

        var receipt = (await _client.GetAsync(runId, TestContext.Current.CancellationToken)).Receipt!;
        Assert.Equal(phases[1].MaskHash, receipt.MaskHash);
        Assert.Equal(phases[1].TrainableParameters, receipt.TrainableParameters);

        var log = await File.ReadAllLinesAsync(new OutputFolder(_runs.In("out")).Log, TestContext.Current.CancellationToken);
        Assert.Equal(events.SkipLast(1).Select(RunEventText.Line), log.SkipLast(1));
        Assert.EndsWith(RunEventText.Of(events[^1]), log[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartingTheSameRunAgain_DoesNothing()
    {
        var run = await silo.StartAsync("twice", _runs.Spec("first"));
        await run.StartAsync(new(_runs.Spec("first"), Resume: false));

        var events = await RunEvents.ToTheEndAsync(silo.Client, "twice");
        await run.StartAsync(new(_runs.Spec("first"), Resume: false));
        var other = await Assert.ThrowsAsync<InvalidInputException>(() => run.StartAsync(new(_runs.Spec("second"), Resume: false)));

        Assert.Contains("twice", other.Message, StringComparison.Ordinal);
        Assert.Single(events.OfType<RunEvent.Prepared>());
        Assert.True(File.Exists(Model("first")));
        Assert.False(Directory.Exists(_runs.In("second")));
        Assert.Equal(RunState.Succeeded, (await run.GetStatusAsync()).State);
        Assert.Single(await silo.Client.GetGrain<ICatalogueGrain>(0).ListAsync(0, 1000), "twice");
    }

    [Fact]
    public async Task ARun_StartsFromAnother_ByItsId()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var head = _runs.Spec("head") with { Phases = [_runs.Spec("head").Phases[0]], Model = new() { Head = new() { Hidden = [8] } } };
        var parent = await _client.SubmitAsync(head, cancellationToken: cancellation);
        await RunEvents.EndAsync(silo.Client, parent);
        var spec = _runs.Spec("next") with { Data = new() { Path = _runs.Data }, Phases = head.Phases, From = parent };

        var plan = await _client.PlanAsync(spec, cancellation);
        var child = await _client.SubmitAsync(spec, cancellationToken: cancellation);
        var ended = await RunEvents.EndAsync(silo.Client, child);

        Assert.Equal((RunState.Succeeded, null), (ended.State, ended.Reason));
        var (before, after) = ((await _client.GetAsync(parent, cancellation)).Receipt!, (await _client.GetAsync(child, cancellation)).Receipt!);
        Assert.Equal((parent, before.ModelSha256), (after.Parent!.RunId, after.Parent.ModelSha256));
        Assert.Equal((head.Output, 40, 8), (after.Spec.From, after.Spec.Data.ImageSize, Assert.Single(after.Spec.Model.Head.Hidden)));
        Assert.Equal(after.TrainableParameters, plan.Phases[0].TrainableParameters);

        foreach (var file in (string[])["receipt.json", "model.safetensors"])
        {
            File.Copy(Path.Combine(after.Spec.Output, file), Path.Combine(head.Output, file), overwrite: true);
        }

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => _client.SubmitAsync(spec with { Output = _runs.In("third") }, cancellationToken: cancellation));
        Assert.Contains($"holds run {child} by now, not {parent}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARunToStartFromThatIsNone_IsRefusedBeforeAnythingStarts()
    {
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => silo.StartAsync("orphan", _runs.Spec("out") with { From = _runs.In("none") }));
        var itself = await Assert.ThrowsAsync<InvalidInputException>(() => silo.StartAsync("itself", _runs.Spec("out") with { From = "itself" }));

        Assert.Equal("from", Assert.Single(refused.Problems).Field);
        Assert.Equal("from", Assert.Single(itself.Problems).Field);
        Assert.Contains("there is no such folder", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnInvalidSpec_IsRefusedWithEveryProblem()
    {
        var spec = _runs.Spec("out") with { BatchSize = 9, Phases = [new() { Epochs = 0 }] };

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => silo.StartAsync("invalid", spec));

        Assert.Equal(["phases[0].epochs", "batch_size"], refused.Problems.Select(problem => problem.Field).Order(StringComparer.Ordinal).Reverse());
        Assert.All(refused.Problems, problem => Assert.NotEqual("", problem.Message));
        Assert.Equal(string.Join(Environment.NewLine, refused.Problems), refused.Message);
        await Assert.ThrowsAsync<RunNotFoundException>(() => _client.GetAsync("invalid", TestContext.Current.CancellationToken));
        Assert.DoesNotContain("invalid", await silo.Client.GetGrain<ICatalogueGrain>(0).ListAsync(0, 1000));
    }

    [Fact]
    public async Task UndecodableImagesBeyondTheShare_FailTheRunAndAreNamed()
    {
        File.WriteAllText(Path.Combine(_runs.Data, "train", "disc", "torn.png"), "no image");
        var runId = await _client.SubmitAsync(_runs.Spec("out"), cancellationToken: TestContext.Current.CancellationToken);

        var ended = await RunEvents.EndAsync(silo.Client, runId);

        Assert.Equal(RunState.Failed, ended.State);
        Assert.Contains(ended.Problems, problem => problem.ToString().Contains("torn.png", StringComparison.Ordinal));
        var status = await _client.GetAsync(runId, TestContext.Current.CancellationToken);
        Assert.Equal((RunState.Failed, ended.Reason, null), (status.State, status.Reason, status.Receipt));
    }

    [Fact]
    public async Task ALossThatIsNoNumber_FailsTheRunAndSaysSo()
    {
        var phase = new PhaseSpec
        {
            Freeze = new FreezePolicy.All(),
            Epochs = 20,
            Optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = 100 },
        };
        var runId = await _client.SubmitAsync(_runs.Spec("out") with { Phases = [phase] }, cancellationToken: TestContext.Current.CancellationToken);

        var ended = await RunEvents.EndAsync(silo.Client, runId);

        Assert.Equal(RunState.Failed, ended.State);
        Assert.Contains("loss", ended.Reason, StringComparison.Ordinal);
        Assert.Empty(ended.Problems);
        Assert.Equal(ended.Reason, (await _client.GetAsync(runId, TestContext.Current.CancellationToken)).Reason);
        Assert.False(File.Exists(Model("out")));
    }

    [Fact]
    public async Task AnUnknownRun_IsNotFound() =>
        await Assert.ThrowsAsync<RunNotFoundException>(() => _client.GetAsync("never started", TestContext.Current.CancellationToken));

    [Fact]
    public async Task AnEndedRun_IsStillToldWhenItsGrainComesBack()
    {
        var run = await silo.StartAsync("comes-back", _runs.Spec("out") with { Data = new() { Path = Directory.CreateDirectory(_runs.In("none")).FullName } });
        var before = await RunEvents.EndAsync(silo.Client, "comes-back");

        await silo.DeactivateAsync(run);
        var after = await RunEvents.EndAsync(silo.Client, "comes-back");

        Assert.Equal((before.State, before.Reason), (after.State, after.Reason));
        Assert.Equal(before.Problems, after.Problems);
    }

    public void Dispose() => _runs.Dispose();

    private string Model(string output) => new OutputFolder(_runs.In(output)).Model;
}
