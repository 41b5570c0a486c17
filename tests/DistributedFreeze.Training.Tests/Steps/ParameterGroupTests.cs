using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Steps;

public sealed class ParameterGroupTests
{
    private static readonly LayerTable Table = LayerTable.For(NetworkGraph.KerasV1);
    private static readonly HeadLayers Head = HeadLayers.Create(new() { Hidden = [16] }, classes: 4);
    private static readonly ParameterLayout Layout = LayoutOf(new FreezePolicy.LastLayers(10));

    [Fact]
    public void WithOneRateAndNoDecay_ThereIsOneGroup() =>
        Assert.Equal([new(0, Layout.ParameterCount, 0.1, Decays: false)], ParameterGroup.Of(Layout, new() { LearningRate = 0.1 }));

    [Fact]
    public void TheHead_MayHaveARateOfItsOwn() => Assert.Equal(
        [new(0, Layout.HeadOffset, 0.1, Decays: false), new(Layout.HeadOffset, Layout.ParameterCount - Layout.HeadOffset, 0.2, Decays: false)],
        ParameterGroup.Of(Layout, new() { LearningRate = 0.1, HeadLearningRate = 0.2 }));

    [Theory]
    [InlineData(OptimizerKind.Sgd, null, true)]
    [InlineData(OptimizerKind.Adam, null, true)]
    [InlineData(OptimizerKind.AdamW, null, false)]
    [InlineData(OptimizerKind.AdamW, DecayedParameters.All, true)]
    [InlineData(OptimizerKind.Adam, DecayedParameters.Weights, false)]
    public void BiasesAndBatchNorms_DecayWhereAllDoes(OptimizerKind kind, DecayedParameters? given, bool decay)
    {
        var spec = new OptimizerSpec { Kind = kind, WeightDecay = 0.1 };
        var groups = ParameterGroup.Of(Layout, given is { } on ? spec with { WeightDecayOn = on } : spec);

        Assert.All(Layout.Parameters, slot => Assert.Equal(
            slot.Name.EndsWith("_conv.weight", StringComparison.Ordinal) || (slot.Name.StartsWith("head.", StringComparison.Ordinal) && slot.Name.EndsWith(".weight", StringComparison.Ordinal)) || decay,
            groups.Single(group => slot.Offset >= group.Start && slot.Offset + slot.Length <= group.Start + group.Length).Decays));
        Assert.Equal(Layout.ParameterCount, groups.Sum(group => group.Length));
    }

    private static ParameterLayout LayoutOf(FreezePolicy policy) =>
        new(Table, FreezePolicyResolver.Resolve(policy, Table, "freeze"), Head.Tensors, BatchNormMode.Inference);
}
