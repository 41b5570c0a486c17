using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

public sealed class HeadInitTests
{
    [Theory]
    [InlineData(HeadInit.Zeros)]
    [InlineData(HeadInit.Glorot)]
    public void OnlyTheLayerOfClasses_MayBeginWithZeros(HeadInit init)
    {
        // Hidden layers of zeros would stay so: neither they nor what comes after them would get a gradient.
        using var scope = NewDisposeScope();
        using var weights = BaseWeights.Random(0, LayerTable.For(NetworkGraph.KerasV1), CPU);
        using var network = NetworkState.Create(weights, HeadLayers.Create(new() { Hidden = [16, 8] }, classes: 4, inFeatures: 2048), init, seed: 0, CPU);

        Assert.True(AnyIn("head.0.weight"));
        Assert.True(AnyIn("head.1.weight"));
        Assert.Equal(init == HeadInit.Glorot, AnyIn("head.2.weight"));
        Assert.False(AnyIn("head.2.bias"));

        bool AnyIn(string name) => network[name].abs().sum().ToSingle() > 0;
    }
}
