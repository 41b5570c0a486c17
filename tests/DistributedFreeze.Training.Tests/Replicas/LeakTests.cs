using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Training.Exchange;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Runs;
using TorchSharp;

namespace DistributedFreeze.Training.Replicas;

[Collection(nameof(Alone))]
public sealed class LeakTests
{
    private const int Steps = 200;
    private const int StepsOfAnEpoch = 10;

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public async Task LiveTensors_AreAsManyAfterTwoHundredStepsAsAfterTheFirst(int lastLayers)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var runs = new SmallRuns();
        var two = runs.TwoPhases("leaks");
        var spec = two with
        {
            Data = two.Data with { ImageSize = 33 },
            BatchSize = 1,
            Shards = 1,
            Phases = [two.Phases[0] with { Epochs = Steps / StepsOfAnEpoch + 1, Freeze = new FreezePolicy.LastLayers(lastLayers) }],
        };
        var table = Freezing.Layers.LayerTable.For(spec.Model.Graph);
        using var stores = new FeatureStores();
        await using var replica = new LocalReplica(new(stores), new SharedExchanges());
        await replica.PrepareAsync(new() { RunId = "leaks", Spec = spec, Member = 0, Members = 1, Shards = [0] }, cancellationToken);
        await replica.BeginPhaseAsync(
            new() { Phase = 0, MaskVersion = 1, MaskHash = FreezePolicyResolver.Resolve(spec.Phases[0].Freeze, table, "freeze").Hash },
            cancellationToken);

        await EpochAsync(0);
        var afterTheFirst = torch.Tensor.TotalCount;
        for (var epoch = 1; epoch <= Steps / StepsOfAnEpoch; epoch++)
        {
            await EpochAsync(epoch);
        }

        Assert.Equal(afterTheFirst, torch.Tensor.TotalCount);

        async Task EpochAsync(int epoch)
        {
            for (var step = 0; step < StepsOfAnEpoch; step++)
            {
                await replica.RunWindowAsync(new() { Phase = 0, Epoch = epoch, FirstStep = step, Steps = 1 }, cancellationToken);
            }

            await replica.EvaluateAsync(DistributedFreeze.Replicas.EvaluationSplit.Validation, cancellationToken);
        }
    }

    [Fact]
    public async Task AFinishedRun_LeavesNoTensor()
    {
        using var runs = new SmallRuns();
        var two = runs.TwoPhases("none-left");
        var spec = two with
        {
            Data = two.Data with { ImageSize = 33 },
            Phases = [two.Phases[0] with { Epochs = 1 }, two.Phases[1] with { Epochs = 1 }, two.Phases[0] with { Epochs = 1 }],
        };
        var before = torch.Tensor.TotalCount;

        await LocalRun.RunAsync(spec, 2);

        Assert.Equal(before, torch.Tensor.TotalCount);
    }
}
