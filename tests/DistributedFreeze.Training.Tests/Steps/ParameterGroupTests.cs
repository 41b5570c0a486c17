using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Steps;

public sealed class ParameterGroupTests
{
    private static readonly LayerTable Table = LayerTable.For(NetworkGraph.KerasV1);
    private static readonly HeadLayers Head = HeadLayers.Create(new() { Hidden = [16] }, classes: 4, inFeatures: 2048);
    private static readonly ParameterLayout Layout = LayoutOf(new FreezePolicy.LastLayers(10));

    [Fact]
    public void WithOneRateAndNoDecay_ThereIsOneGroup() =>
        Assert.Equal([new(0, Layout.ParameterCount, 0.1, Decays: false)], ParameterGroup.Of(Layout, new() { LearningRate = 0.1 }, Table));

    [Fact]
    public void TheHead_MayHaveARateOfItsOwn() => Assert.Equal(
        [new(0, Layout.HeadOffset, 0.1, Decays: false), new(Layout.HeadOffset, Layout.ParameterCount - Layout.HeadOffset, 0.2, Decays: false)],
        ParameterGroup.Of(Layout, new() { LearningRate = 0.1, HeadLearningRate = 0.2 }, Table));

    [Theory]
    [InlineData(OptimizerKind.Sgd, null, true)]
    [InlineData(OptimizerKind.Adam, null, true)]
    [InlineData(OptimizerKind.AdamW, null, false)]
    [InlineData(OptimizerKind.AdamW, DecayedParameters.All, true)]
    [InlineData(OptimizerKind.Adam, DecayedParameters.Weights, false)]
    public void BiasesAndBatchNorms_DecayWhereAllDoes(OptimizerKind kind, DecayedParameters? given, bool decay)
    {
        var spec = new OptimizerSpec { Kind = kind, WeightDecay = 0.1 };
        var groups = ParameterGroup.Of(Layout, given is { } on ? spec with { WeightDecayOn = on } : spec, Table);

        Assert.All(Layout.Parameters, slot => Assert.Equal(
            slot.Name.EndsWith("_conv.weight", StringComparison.Ordinal) || (slot.Name.StartsWith("head.", StringComparison.Ordinal) && slot.Name.EndsWith(".weight", StringComparison.Ordinal)) || decay,
            groups.Single(group => slot.Offset >= group.Start && slot.Offset + slot.Length <= group.Start + group.Length).Decays));
        Assert.Equal(Layout.ParameterCount, groups.Sum(group => group.Length));
    }

    [Fact]
    public void ALayer_LearnsAtTheRateOfItsGlobAndOfItsBlock_AndTheHeadAtItsOwn()
    {
        var layout = LayoutOf(new FreezePolicy.All());
        var spec = new OptimizerSpec { LearningRate = 0.1, LayerDecay = 0.5, Rates = NamedNumbers.Of(new() { ["conv5_block3_?_bn"] = 4, ["conv1_*"] = 2 }) };

        var groups = ParameterGroup.Of(layout, spec, Table);

        Assert.Equal(0.1, RateOf("head.0.weight"));
        Assert.Equal(0.1 * 0.5, RateOf("conv5_block3_3_conv.weight"), 1e-15);
        Assert.Equal(0.1 * 0.5 * 4, RateOf("conv5_block3_3_bn.bias"), 1e-15);
        Assert.Equal(0.1 * 0.25, RateOf("conv5_block2_1_conv.bias"), 1e-15);
        Assert.Equal(0.1 * Math.Pow(0.5, 16), RateOf("conv2_block1_0_conv.weight"), 1e-15);
        Assert.Equal(0.1 * Math.Pow(0.5, 17) * 2, RateOf("conv1_conv.weight"), 1e-15);

        double RateOf(string name)
        {
            var slot = layout.Parameters.Single(slot => slot.Name == name);
            return groups.Single(group => slot.Offset >= group.Start && slot.Offset + slot.Length <= group.Start + group.Length).Rate;
        }
    }

    private static ParameterLayout LayoutOf(FreezePolicy policy) =>
        new(Table, FreezePolicyResolver.Resolve(policy, Table, "freeze"), Head.Tensors, BatchNormMode.Inference);
}
