using DistributedFreeze.Client;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing;
using DistributedFreeze.Grains.Tests.Clusters;
using DistributedFreeze.Grains.Tests.Runs;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Planning;

[Slow]
public sealed class PlannerTests(TestSilo silo) : IDisposable
{
    private readonly SmallestRuns _runs = new();
    private readonly DistributedFreezeClient _client = new(silo.Client);

    [Fact]
    public async Task APlan_SaysWhatTheRunThenDoes()
    {
        var spec = _runs.Spec("out");

        var plan = await _client.PlanAsync(spec, TestContext.Current.CancellationToken);
        Assert.False(Directory.Exists(spec.Output));
        var events = await RunEvents.ToTheEndAsync(silo.Client, await _client.SubmitAsync(spec, cancellationToken: TestContext.Current.CancellationToken));

        var prepared = Assert.Single(events.OfType<RunEvent.Prepared>());
        Assert.Equal(prepared.Classes, plan.Classes);
        Assert.Equal(
            (prepared.TrainImages, prepared.ValidationImages, prepared.TestImages), (plan.TrainImages, plan.ValidationImages, plan.TestImages));
        Assert.Equal(
            events.OfType<RunEvent.PhaseStarted>().Select(phase =>
                (phase.MaskHash, phase.Boundary, phase.TrainableParameters, phase.FrozenParameters, phase.AllReduceBytes)),
            plan.Phases.Select(phase => (phase.MaskHash, phase.Boundary, phase.TrainableParameters, phase.FrozenParameters, phase.AllReduceBytes)));
    }

    [Fact]
    public void CallsThatLookAtABase_MayTakeAsLongAsThat()
    {
        foreach (var call in (System.Reflection.MethodInfo[])[.. typeof(IPlannerGrain).GetMethods(), typeof(IRunGrain).GetMethod(nameof(IRunGrain.StartAsync))!])
        {
            var limit = System.Reflection.CustomAttributeExtensions.GetCustomAttribute<ResponseTimeoutAttribute>(call)?.Timeout;
            Assert.True(limit >= TimeSpan.FromMinutes(10), $"{call.Name} has {limit}");
        }
    }

    [Fact]
    public async Task AFolderWithoutSplits_IsSplitAsTheRunSplitsIt()
    {
        var spec = _runs.Spec("out") with { Data = new() { Path = Path.Combine(_runs.Data, "train"), ImageSize = 40, ValidationShare = 0.2, TestShare = 0.4 } };

        var plan = await _client.PlanAsync(spec, TestContext.Current.CancellationToken);

        Assert.Equal((4, 8, 4, 8), (plan.Classes.Length, plan.TrainImages, plan.ValidationImages, plan.TestImages));
    }

    [Fact]
    public async Task APlan_WarnsOfShardsThatAreSmallForConvolutions()
    {
        var spec = _runs.Spec("out") with { Phases = [new(), new() { Freeze = new FreezePolicy.LastLayers(10) }] };

        var plan = await _client.PlanAsync(spec, TestContext.Current.CancellationToken);

        Assert.DoesNotContain(plan.Phases[0].Warnings, warning => warning.Contains("slowly", StringComparison.Ordinal));
        Assert.Contains(plan.Phases[1].Warnings, warning => warning.StartsWith("Shards of 2 images train convolutions slowly", StringComparison.Ordinal)
            && warning.EndsWith("`batch_size: 32` would be faster.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnOnnxBase_IsAskedWhereItLies()
    {
        File.WriteAllBytes(_runs.In("model.onnx"), StrangeGraphs.Mobile(size: -1).ToArray());
        var spec = _runs.Spec("out") with { Model = new() { Base = _runs.In("model.onnx") }, Phases = [new()] };

        var plan = await _client.PlanAsync(spec, TestContext.Current.CancellationToken);

        Assert.Equal(("features", StrangeGraphs.MobileFeatures), (plan.Spec.Model.Boundary, plan.Spec.Model.BaseFeatures));
        Assert.Equal((4L * StrangeGraphs.MobileFeatures, spec.Phases.Length), (plan.Phases[0].FeatureBytes, plan.Phases.Length));
        Assert.Equal("model.base", await RefusedAsync(spec with { Model = new() { Base = _runs.In("none.onnx") } }));
        Assert.Equal("model.boundary", await RefusedAsync(spec with { Model = new() { Base = _runs.In("model.onnx"), Boundary = "nowhere" } }));
        Assert.Equal("phases[0].unfreeze_layers", await RefusedAsync(spec with { Phases = [new() { Freeze = new FreezePolicy.LastLayers(1) }] }));
    }

    [Fact]
    public async Task WhatTheRunCouldNotUse_IsNamedBeforeItStarts()
    {
        var spec = _runs.Spec("out");
        Directory.CreateDirectory(_runs.In("done"));
        File.WriteAllText(Path.Combine(_runs.In("done"), "receipt.json"), "{}");

        Assert.Equal("data.path", await RefusedAsync(spec with { Data = spec.Data with { Path = _runs.In("none") } }));
        Assert.Equal("data.path", await RefusedAsync(spec with { Data = spec.Data with { Path = "relative" } }));
        Assert.Equal("model.classes", await RefusedAsync(spec with { Model = new() { Classes = 5 } }));
        Assert.Equal("model.weights", await RefusedAsync(spec with { Model = new() { Weights = _runs.In("none.h5") } }));
        Assert.Equal("output", await RefusedAsync(spec with { Output = _runs.In("done") }));
        Assert.Equal("min_replicas", await RefusedAsync(spec with { MinReplicas = 3 }));
    }

    public void Dispose() => _runs.Dispose();

    private async Task<string> RefusedAsync(RunSpec spec) => Assert.Single(
        (await Assert.ThrowsAsync<InvalidInputException>(() => _client.PlanAsync(spec, TestContext.Current.CancellationToken))).Problems).Field;
}
