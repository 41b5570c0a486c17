using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>Law 1: frozen means frozen, and it is proven.</summary>
[Slow]
public sealed class FrozenLayersTests
{
    [Theory]
    [InlineData(BatchNormMode.Inference)]
    [InlineData(BatchNormMode.Train)]
    public async Task LayersThatAreFrozenAgain_StayAsTheyWere_AndLayersThatNeverTrained_AsTheyWereLoaded(BatchNormMode batchNorm)
    {
        using var runs = new SmallRuns();
        var spec = HeadThenLastLayersThenHead(runs, batchNorm);
        using var own = new UndisturbedRun.OwnWorkspace(spec);
        var afterTwoPhases = runs.In("after-two-phases.safetensors");

        var outcome = await own.RunAsync(2, wrap: (replica, member) => member > 0 ? replica : new WatchedReplica(replica)
        {
            BeforePhase = order => order.Phase < 2
                ? Task.CompletedTask
                : replica.SaveCheckpointAsync(
                    new(afterTwoPhases, CheckpointProgress.Format(new() { Phase = 1, Epoch = 1, IsPhaseEnded = true }), Generation: 1), TestContext.Current.CancellationToken),
        });

        var opened = own.Masks[1].TrainableLayers;
        using var before = SafetensorsFile.Open(afterTwoPhases);
        using var model = SafetensorsFile.Open(new OutputFolder(spec.Output).Model);
        var tensors = own.Table.Layers.Where(layer => opened.Contains(layer.Name)).SelectMany(layer => layer.Tensors).ToLookup(tensor => tensor.IsStatistic);
        var kept = batchNorm == BatchNormMode.Inference ? tensors[true] : [];
        Assert.Empty(kept.Select(tensor => tensor.Name).Intersect(model.Tensors.Select(tensor => tensor.Name)));
        foreach (var tensor in tensors.SelectMany(both => both).Except(kept))
        {
            // A convolution's bias before a batch norm that takes its own statistics has no gradient to speak of.
            Assert.True(
                (batchNorm == BatchNormMode.Train && tensor.Name.EndsWith("_conv.bias", StringComparison.Ordinal))
                || !before.Read(tensor.Name).SequenceEqual(own.Weights[tensor.Name].data<float>()),
                tensor.Name);
            Assert.Equal(before.Read(tensor.Name), model.Read(tensor.Name));
        }

        Assert.NotEqual(before.Read("head.0.weight"), model.Read("head.0.weight"));

        var receipt = outcome.Receipt!;
        Assert.True(receipt.FrozenUnchanged);
        Assert.Equal(own.Masks[1].FrozenLayers.Order(StringComparer.Ordinal), receipt.FrozenLayers.Select(layer => layer.Layer));
        Assert.All(receipt.FrozenLayers, layer => Assert.Equal(layer.Before, layer.After));
        Assert.All(receipt.FrozenLayers, layer => Assert.Equal(own.Weights.LayerHashes[layer.Layer], layer.Before));
        string[] norms = ["conv5_block3_1_bn", "conv5_block3_2_bn", "conv5_block3_3_bn"];
        Assert.Equal(batchNorm == BatchNormMode.Inference ? norms : [], receipt.FrozenStatistics.Select(norm => norm.Layer));
        Assert.All(receipt.FrozenStatistics, norm => Assert.Equal(own.Weights.StatisticsHashes[StatisticsName.Of(norm.Layer)], norm.Before));
        Assert.All(receipt.FrozenStatistics, norm => Assert.Equal(norm.Before, norm.After));
        Assert.Equal(own.Weights.StatisticsHashes, own.Weights.Hash(own.Weights.StatisticsHashes.Keys));
        Assert.Equal(own.Weights.LayerHashes, own.Weights.Hash(own.Weights.LayerHashes.Keys));
    }

    private static RunSpec HeadThenLastLayersThenHead(SmallRuns runs, BatchNormMode batchNorm)
    {
        var spec = runs.TwoPhases("three-phases");
        var optimizer = new OptimizerSpec { Kind = OptimizerKind.Sgd, LearningRate = 1e-2, Momentum = 0.9, WeightDecay = 0.05 };
        return spec with
        {
            Data = spec.Data with { ImageSize = 33, Preprocessing = Preprocessing.Torch },
            Model = new(),
            Phases =
            [
                new() { Epochs = 1, Optimizer = optimizer },
                new() { Epochs = 1, Optimizer = optimizer, Freeze = new FreezePolicy.LastLayers(10), BatchNorm = batchNorm },
                new() { Epochs = 1, Optimizer = optimizer },
            ],
        };
    }
}
