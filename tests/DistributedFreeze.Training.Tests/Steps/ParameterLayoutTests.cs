using System.Collections.Immutable;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Steps;

public sealed class ParameterLayoutTests
{
    private static readonly LayerTable Table = LayerTable.For(NetworkGraph.KerasV1);
    private static readonly HeadLayers Head = HeadLayers.Create(new() { Hidden = [16] }, classes: 4, inFeatures: 2048);

    public static TheoryData<FreezePolicy> Policies =>
    [
        new FreezePolicy.None(),
        new FreezePolicy.All(),
        new FreezePolicy.LastLayers(10),
        new FreezePolicy.FromStage("conv4"),
        new FreezePolicy.Named(["conv2_*_bn", "conv5_block1_0_conv"]),
    ];

    [Theory]
    [MemberData(nameof(Policies))]
    public void WhereBatchNormsKeepTheirStatistics_TheseHaveNoPlaceEither(FreezePolicy policy)
    {
        var kept = new ParameterLayout(Table, Resolve(policy), Head.Tensors, BatchNormMode.Inference);

        Assert.Empty(kept.Statistics);
        Assert.Equal(0, kept.StatisticCount);
        Assert.Equal(new ParameterLayout(Table, Resolve(policy), Head.Tensors, BatchNormMode.Train).Parameters.Select(slot => slot.Name), kept.Parameters.Select(slot => slot.Name));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void TheOpenLayersComeInTableOrder_ThenTheHead(FreezePolicy policy)
    {
        var mask = Resolve(policy);
        var open = Table.Layers.Where(layer => mask.Trainable[layer.Index]).SelectMany(layer => layer.Tensors).ToList();

        var layout = new ParameterLayout(Table, mask, Head.Tensors, BatchNormMode.Train);

        Assert.Equal(
            open.Where(tensor => !tensor.IsStatistic).Concat(Head.Tensors).Select(tensor => tensor.Name),
            layout.Parameters.Select(slot => slot.Name));
        Assert.Equal(open.Where(tensor => tensor.IsStatistic).Select(tensor => tensor.Name), layout.Statistics.Select(slot => slot.Name));
        Assert.Equal("head.0.weight", layout.Parameters.Single(slot => slot.Offset == layout.HeadOffset).Name);
        Assert.Equal(mask.TrainableParameters + Head.Parameters, layout.ParameterCount);
        Assert.Equal(layout.ParameterCount + layout.StatisticCount + 2, layout.ExchangeLength);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void EverySlot_BeginsWhereTheOneBeforeEnds(FreezePolicy policy)
    {
        var layout = new ParameterLayout(Table, Resolve(policy), Head.Tensors, BatchNormMode.Train);

        Assert.Equal(layout.ParameterCount, EndOf(layout.Parameters));
        Assert.Equal(layout.StatisticCount, EndOf(layout.Statistics));

        static int EndOf(ImmutableArray<FlatSlot> slots)
        {
            var end = 0;
            foreach (var slot in slots)
            {
                Assert.Equal(end, slot.Offset);
                Assert.Equal(slot.Shape.Aggregate(1L, (product, size) => product * size), slot.Length);
                end += slot.Length;
            }

            return end;
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void AFrozenTensor_HasNoPlace(FreezePolicy policy)
    {
        var mask = Resolve(policy);
        var layout = new ParameterLayout(Table, mask, Head.Tensors, BatchNormMode.Train);

        var frozen = mask.FrozenLayers.SelectMany(name => Table[name].Tensors).Select(tensor => tensor.Name);

        Assert.Empty(layout.Parameters.Concat(layout.Statistics).Select(slot => slot.Name).Intersect(frozen));
    }

    private static FreezeMask Resolve(FreezePolicy policy) => FreezePolicyResolver.Resolve(policy, Table, "freeze");
}
