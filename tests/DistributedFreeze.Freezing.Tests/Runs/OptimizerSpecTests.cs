using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Runs;

public sealed class OptimizerSpecTests
{
    [Theory]
    [InlineData(OptimizerKind.Sgd, DecayedParameters.All)]
    [InlineData(OptimizerKind.Adam, DecayedParameters.All)]
    [InlineData(OptimizerKind.AdamW, DecayedParameters.Weights)]
    public void WhatDecays_FollowsTheKindWhereItIsNotGiven(OptimizerKind kind, DecayedParameters decayed)
    {
        var spec = new OptimizerSpec { Kind = kind };

        Assert.Equal(decayed, spec.WeightDecayOn);
        Assert.Equal(decayed, (new OptimizerSpec() with { Kind = kind }).WeightDecayOn);
        Assert.Equal(spec with { WeightDecayOn = decayed }, spec);
        Assert.Equal((spec with { WeightDecayOn = decayed }).GetHashCode(), spec.GetHashCode());
    }

    /// <summary>Equality is written by hand: no field may be forgotten.</summary>
    [Fact]
    public void AnyFieldThatDiffers_MakesAnotherOptimizer()
    {
        var spec = new OptimizerSpec();
        OptimizerSpec[] others =
        [
            spec with { Kind = OptimizerKind.Sgd },
            spec with { LearningRate = 1 },
            spec with { HeadLearningRate = 1 },
            spec with { WeightDecay = 1 },
            spec with { Momentum = 0 },
            spec with { Beta1 = 0 },
            spec with { Beta2 = 0 },
            spec with { Epsilon = 1 },
            spec with { WeightDecayOn = DecayedParameters.Weights },
            spec with { Rates = NamedNumbers.Of(new() { ["conv5_*"] = 0.1 }) },
            spec with { LayerDecay = 0.5 },
        ];

        Assert.Equal(typeof(OptimizerSpec).GetProperties().Length, others.Length);
        Assert.All(others, other => Assert.NotEqual(spec, other));
    }
}
