using DistributedFreeze.Errors;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Steps;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Replicas;

public sealed class BestWeightsTests : IDisposable
{
    private static readonly LayerTable Table = LayerTable.For(NetworkGraph.KerasV1);
    private readonly TrainableState _state = new(
        new(Table, FreezePolicyResolver.Resolve(new FreezePolicy.LastLayers(3), Table, "freeze"), [], BatchNormMode.Train), CPU, _ => tensor(1f));

    [Fact]
    public void WhatWasTaken_IsPutBack_AndGivenUp()
    {
        using var best = new BestWeights(_state);
        best.Take();
        _state.Parameters.detach().fill_(2);
        _state.Statistics.fill_(3);

        best.PutBack();

        Assert.Equal(1f, _state.Parameters.max().item<float>());
        Assert.Equal(1f, _state.Statistics.max().item<float>());
        Assert.Empty(best.Vectors);
        Assert.Throws<ReplicaLostException>(best.PutBack);
    }

    [Fact]
    public void ACopyThatHasChangedInMemory_IsNotPutBack()
    {
        using var best = new BestWeights(_state);
        best.Take();
        best.Vectors[0].Values[0] = tensor(1.5f);

        var lost = Assert.Throws<ReplicaLostException>(best.PutBack);

        Assert.Contains("best epoch's weights has changed", lost.Message, StringComparison.Ordinal);
        Assert.Equal(1f, _state.Parameters.max().item<float>());
    }

    public void Dispose() => _state.Dispose();
}
