using System.Collections.Immutable;
using DistributedFreeze.Data;
using DistributedFreeze.Runs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Steps;

/// <summary>The update rules against torch.optim's, ten steps over random vectors.</summary>
[Collection(nameof(Alone))]
public sealed class FlatOptimizerTests
{
    private const int Length = 40_003; // more than a block, and no whole number of vectors
    private const int Steps = 10;
    private const int Cut = 700;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.9, 0)]
    [InlineData(0, 0.01)]
    [InlineData(0.9, 0.01)]
    public void Sgd_HasTheBitsOfTorchs(double momentum, double weightDecay)
    {
        var spec = new OptimizerSpec { Kind = OptimizerKind.Sgd, LearningRate = 0.1, Momentum = momentum, WeightDecay = weightDecay };

        Assert.Equal(
            Torch(parameters => optim.SGD(parameters, 0.1, momentum, weight_decay: weightDecay)),
            Ours(spec, Whole(0.1)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.05)]
    public void Adam_HasTheBitsOfTorchs(double weightDecay)
    {
        var spec = new OptimizerSpec { Kind = OptimizerKind.Adam, LearningRate = 0.01, WeightDecay = weightDecay, Beta1 = 0.8, Beta2 = 0.99, Epsilon = 1e-6 };

        Assert.Equal(
            Torch(parameters => optim.Adam(parameters, 0.01, 0.8, 0.99, 1e-6, weightDecay)),
            Ours(spec, Whole(0.01)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.05)]
    public void AdamW_HasTheBitsOfTorchs(double weightDecay)
    {
        var spec = new OptimizerSpec { Kind = OptimizerKind.AdamW, LearningRate = 0.01, WeightDecay = weightDecay };

        Assert.Equal(
            Torch(parameters => optim.AdamW(parameters, 0.01, weight_decay: weightDecay)),
            Ours(spec, Whole(0.01)));
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.Adam)]
    [InlineData(OptimizerKind.AdamW)]
    public void Groups_EachHaveTheirOwnRate(OptimizerKind kind)
    {
        var spec = new OptimizerSpec { Kind = kind, WeightDecay = 0.05 };

        var both = Ours(spec, Two(0.001, true, 0.02, true));

        Assert.Equal(Ours(spec, Whole(0.001))[..Cut], both[..Cut]);
        Assert.Equal(Ours(spec, Whole(0.02))[Cut..], both[Cut..]);
        Assert.NotEqual(Ours(spec, Whole(0.02))[..Cut], both[..Cut]);
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.Adam)]
    [InlineData(OptimizerKind.AdamW)]
    public void WhatDoesNotDecay_IsAsWithoutDecay(OptimizerKind kind)
    {
        var spec = new OptimizerSpec { Kind = kind, WeightDecay = 0.05 };

        var both = Ours(spec, Two(0.01, true, 0.01, false));

        Assert.Equal(Ours(spec, Whole(0.01))[..Cut], both[..Cut]);
        Assert.Equal(Ours(spec with { WeightDecay = 0 }, Whole(0.01))[Cut..], both[Cut..]);
        Assert.NotEqual(Ours(spec, Whole(0.01))[Cut..], both[Cut..]);
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd, "momentum")]
    [InlineData(OptimizerKind.Adam, "first_moment,second_moment")]
    [InlineData(OptimizerKind.AdamW, "first_moment,second_moment")]
    public void TheState_IsAllThatALaterStepNeeds(OptimizerKind kind, string names)
    {
        using var scope = NewDisposeScope();
        var spec = new OptimizerSpec { Kind = kind, WeightDecay = 0.05 };
        using var first = FlatOptimizers.Create(spec, Whole(0.01), CPU);
        using var second = FlatOptimizers.Create(spec, Whole(0.01), CPU);
        var values = tensor(Random("start", 0));
        first.Apply(values, tensor(Random("gradient", 0)), 0, factor: 1);

        Assert.Equal(names, string.Join(',', first.State.Select(state => state.Name)));
        foreach (var (from, to) in first.State.Zip(second.State))
        {
            to.Values.copy_(from.Values);
        }

        var copy = values.clone();
        first.Apply(values, tensor(Random("gradient", 1)), 1, factor: 1);
        second.Apply(copy, tensor(Random("gradient", 1)), 1, factor: 1);

        Assert.Equal(values.data<float>().ToArray(), copy.data<float>().ToArray());
    }

    [Fact]
    public void SgdWithoutMomentum_KeepsNoState()
    {
        using var optimizer = FlatOptimizers.Create(new() { Kind = OptimizerKind.Sgd, Momentum = 0 }, Whole(0.01), CPU);

        Assert.Empty(optimizer.State);
    }

    private static ImmutableArray<ParameterGroup> Whole(double rate) => [new(0, Length, rate, Decays: true)];

    private static ImmutableArray<ParameterGroup> Two(double rate, bool decays, double otherRate, bool otherDecays) =>
        [new(0, Cut, rate, decays), new(Cut, Length - Cut, otherRate, otherDecays)];

    /// <summary>What the processor's own passes come to, which is what libtorch's operations come to.</summary>
    private static float[] Ours(OptimizerSpec spec, ImmutableArray<ParameterGroup> groups)
    {
        var values = By(FlatOptimizers.Create, spec, groups);

        Assert.Equal(By(FlatOptimizers.OnTorch, spec, groups), values);
        return values;
    }

    private static float[] By(Func<OptimizerSpec, ImmutableArray<ParameterGroup>, Device, IFlatOptimizer> create, OptimizerSpec spec, ImmutableArray<ParameterGroup> groups)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var optimizer = create(spec, groups, CPU);
        var values = tensor(Random("start", 0));
        for (var step = 0; step < Steps; step++)
        {
            optimizer.Apply(values, tensor(Random("gradient", step)), step, factor: 1);
        }

        return values.data<float>().ToArray();
    }

    private static float[] Torch(Func<Parameter[], optim.Optimizer> create)
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(tensor(Random("start", 0)));
        using var optimizer = create([parameter]);
        for (var step = 0; step < Steps; step++)
        {
            parameter.grad = tensor(Random("gradient", step));
            optimizer.step();
        }

        return parameter.detach().data<float>().ToArray();
    }

    private static float[] Random(string purpose, int step)
    {
        var random = new KeyedRandom(5, purpose, step);
        return [.. Enumerable.Range(0, Length).Select(_ => (float)random.NextNormal())];
    }
}
