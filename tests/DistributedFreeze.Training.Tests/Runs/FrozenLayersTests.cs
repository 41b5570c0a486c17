using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;
using DistributedFreeze.Training.Weights;
using static TorchSharp.torch;

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
                : replica.SaveCheckpointAsync(new(afterTwoPhases, "{}"), TestContext.Current.CancellationToken),
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

    [Fact]
    public void TheNaiveWay_MovesFrozenWeightsAndStatistics()
    {
        using var scope = NewDisposeScope();
        var convolution = nn.Conv2d(3, 4, 3);
        var normalization = nn.BatchNorm2d(4);
        var network = nn.Sequential(("conv", convolution), ("bn", normalization), ("flatten", nn.Flatten()), ("head", nn.Linear(4 * 6 * 6, 2)));
        using var optimizer = optim.SGD(network.parameters(), 0.1, momentum: 0.9, weight_decay: 0.01);
        Step();

        // What a flag on a parameter is taken to mean by many: this layer no longer trains.
        foreach (var parameter in convolution.parameters().Concat(normalization.parameters()))
        {
            parameter.requires_grad_(false);
        }

        normalization.eval();
        var weight = Copy(convolution.weight);
        var scale = Copy(normalization.weight!);
        var mean = Copy(normalization.running_mean!);
        var variance = Copy(normalization.running_var!);
        Step();

        Assert.NotEqual(weight, Copy(convolution.weight));
        Assert.NotEqual(scale, Copy(normalization.weight!));
        Assert.NotEqual(mean, Copy(normalization.running_mean!));
        Assert.NotEqual(variance, Copy(normalization.running_var!));

        void Step()
        {
            network.train();
            optimizer.zero_grad();
            nn.functional.cross_entropy(network.forward(randn(5, 3, 8, 8)), tensor(new long[] { 0, 1, 0, 1, 0 })).backward();
            optimizer.step();
        }

        static float[] Copy(Tensor values) => values.detach().data<float>().ToArray();
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
