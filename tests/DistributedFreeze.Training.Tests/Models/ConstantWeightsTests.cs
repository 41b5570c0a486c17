using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Steps;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

public sealed class ConstantWeightsTests : IDisposable
{
    private static readonly LayerTable Table = LayerTable.For(NetworkGraph.KerasV1);
    private static readonly HeadLayers Head = HeadLayers.Create(new(), classes: 3, inFeatures: 2048);
    private readonly BaseWeights _base = BaseWeights.Random(seed: 1, Table, CPU);
    private readonly NetworkState _network;

    public ConstantWeightsTests() => _network = NetworkState.Create(_base, Head, HeadInit.Glorot, seed: 1, CPU);

    [Fact]
    public void WhatTrainedAndIsFrozenAgain_IsFoundWhenItChanges()
    {
        _network.Open(Layout(new FreezePolicy.LastLayers(10)), CPU);
        Assert.Empty(new ConstantWeights(_network).Changed());
        _network.Open(Layout(new FreezePolicy.None()), CPU);
        var constants = new ConstantWeights(_network);

        Change("head.0.weight"); // which trains
        Assert.Empty(constants.Changed());

        Change("conv5_block3_3_conv.weight");
        Change("conv5_block3_3_conv.bias");
        Change("conv5_block3_3_bn.weight");
        Assert.Equal(["conv5_block3_3_bn", "conv5_block3_3_conv"], constants.Changed());
    }

    public void Dispose()
    {
        _network.Dispose();
        _base.Dispose();
    }

    private static ParameterLayout Layout(FreezePolicy policy) =>
        new(Table, FreezePolicyResolver.Resolve(policy, Table, "freeze"), Head.Tensors, BatchNormMode.Inference);

    private void Change(string tensor)
    {
        using var noGradient = no_grad();
        using var changed = _network[tensor].view(-1)[0].add_(1);
    }
}
