using DistributedFreeze.Data.Features;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Runs;
using TorchSharp;

namespace DistributedFreeze.Training.Replicas;

/// <remarks>The count is the process's: what another test left to the garbage collector would come off it meanwhile.</remarks>
[Collection(nameof(Alone))]
[Slow]
public sealed class LeakTests
{
    private const int Steps = 8 * StepsOfAnEpoch;
    private const int StepsOfAnEpoch = 28; // the small runs' training images, one at a time

    [Theory]
    [InlineData(nameof(Child_TwoHundredSteps_OfTheHead))]
    [InlineData(nameof(Child_TwoHundredSteps_OfTenLayers))]
    [InlineData(nameof(Child_AFinishedRun))]
    public void NoTensorIsLeft(string after) => _ = OwnProcess.Passes(typeof(LeakTests), after);

    [Fact(Explicit = true)]
    public Task Child_TwoHundredSteps_OfTheHead() => TwoHundredStepsAsync(0);

    [Fact(Explicit = true)]
    public Task Child_TwoHundredSteps_OfTenLayers() => TwoHundredStepsAsync(10);

    private static async Task TwoHundredStepsAsync(int lastLayers)
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
        var table = Freezing.Layers.LayerTable.For(spec.Model);
        using var stores = new FeatureStores();
        await using var replica = new LocalReplica(new(stores), new SharedExchanges());
        await replica.PrepareAsync(new() { RunId = "leaks", Spec = spec }, cancellationToken);
        await replica.JoinAsync(Groups.Of([0]), cancellationToken);
        await replica.BeginPhaseAsync(
            new() { Generation = 1, Phase = 0, MaskVersion = 1, MaskHash = FreezePolicyResolver.Resolve(spec.Phases[0].Freeze, table, "freeze").Hash },
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
                await replica.RunWindowAsync(
                    new() { Phase = 0, Epoch = epoch, FirstStep = step, Steps = 1, Progress = new() { Epoch = epoch, Step = step }, Generation = 1 },
                    cancellationToken);
            }

            await replica.EvaluateAsync(DistributedFreeze.Replicas.EvaluationSplit.Validation, cancellationToken);
        }
    }

    [Fact(Explicit = true)]
    public async Task Child_AFinishedRun()
    {
        using var runs = new SmallRuns();
        var two = runs.TwoPhases("none-left");
        var spec = two with
        {
            Data = two.Data with { ImageSize = 33 },
            Phases = [two.Phases[0] with { Epochs = 1 }, two.Phases[1] with { Epochs = 1 }, two.Phases[0] with { Epochs = 1 }],
        };
        DrawnBases.Unused = 0; // as in a program; this process has no other test
        var before = torch.Tensor.TotalCount;

        await LocalRun.RunAsync(spec, 2);

        Assert.Equal(before, torch.Tensor.TotalCount);
    }
}
