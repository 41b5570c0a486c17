using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;
using DistributedFreeze.Training.Weights;

namespace DistributedFreeze.Training.Runs;

/// <summary>Law 1: frozen means frozen, and it is proven.</summary>
public sealed class FrozenLayersTests
{
    [Fact]
    public async Task LayersThatAreFrozenAgain_StayAsTheyWere_AndLayersThatNeverTrained_AsTheyWereLoaded()
    {
        using var runs = new SmallRuns();
        var spec = HeadThenLastLayersThenHead(runs);
        using var own = new UndisturbedRun.OwnWorkspace(spec);
        var afterTwoPhases = runs.Output("after-two-phases.safetensors");

        var outcome = await own.RunAsync(2, wrap: (replica, member) => member > 0 ? replica : new WatchedReplica(replica)
        {
            BeforePhase = order => order.Phase < 2
                ? Task.CompletedTask
                : replica.SaveCheckpointAsync(new(afterTwoPhases, "{}", Generation: 1), TestContext.Current.CancellationToken),
        });

        var opened = own.Masks[1].TrainableLayers;
        using var before = SafetensorsFile.Open(afterTwoPhases);
        using var model = SafetensorsFile.Open(new OutputFolder(spec.Output).Model);
        foreach (var tensor in own.Table.Layers.Where(layer => opened.Contains(layer.Name)).SelectMany(layer => layer.Tensors))
        {
            // A convolution's bias before a batch norm that trains has no gradient to speak of.
            Assert.True(
                tensor.Name.EndsWith("_conv.bias", StringComparison.Ordinal)
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
        Assert.Equal(own.Weights.LayerHashes, own.Weights.Hash(own.Weights.LayerHashes.Keys));
    }

    private static RunSpec HeadThenLastLayersThenHead(SmallRuns runs)
    {
        var spec = runs.TwoPhases("three-phases");
        var optimizer = new OptimizerSpec { Kind = OptimizerKind.Sgd, LearningRate = 1e-2, Momentum = 0.9, WeightDecay = 0.05 };
        return spec with
        {
            Data = spec.Data with { ImageSize = 33 },
            Model = new(),
            Phases =
            [
                new() { Epochs = 1, Optimizer = optimizer },
                new() { Epochs = 1, Optimizer = optimizer, Freeze = new FreezePolicy.LastLayers(10) },
                new() { Epochs = 1, Optimizer = optimizer },
            ],
        };
    }
}
