using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Freezing.Tests.Masks;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Planning;

public sealed class PhasePlanTests
{
    [Theory]
    [InlineData(0, 8_196)]
    [InlineData(3, 12_292)]
    [InlineData(10, 4_473_860)]
    [InlineData(32, 14_984_196)]
    public void Four_classes_train_the_head_and_the_open_layers(int count, long trainable)
    {
        var plan = Plan(count);

        Assert.Equal(trainable, plan.Parameters.Trainable);
        Assert.Equal(23_587_712 + 8_196, plan.Parameters.Total);
        Assert.Equal(23_595_908 - trainable, plan.Parameters.Frozen);
        Assert.Equal(4 * trainable, plan.AllReduceBytes);
    }

    [Fact]
    public void Even_with_everything_open_the_statistics_count_as_frozen() => Assert.Equal(53_120, Plan(175).Parameters.Frozen);

    [Fact]
    public void A_hidden_layer_of_256_makes_525_572_trainable() => Assert.Equal(525_572, Plan(0, hidden: 256).Parameters.Trainable);

    [Theory]
    [InlineData(0, 2_048)]
    [InlineData(10, 100_352)]
    [InlineData(20, 100_352)]
    [InlineData(32, 200_704)]
    [InlineData(94, 401_408)]
    public void Features_have_the_size_of_the_boundary(int count, long elements)
    {
        Assert.Equal(elements, Plan(count).FeatureElements);
        Assert.Equal(4 * elements, Plan(count).FeatureBytes);
    }

    [Fact]
    public void Rows_list_base_pooling_and_head()
    {
        var rows = Plan(32, hidden: 256).Rows;

        Assert.Equal(175 + 1 + 2, rows.Length);
        Assert.Equal(
            ["conv5_block3_out Relu 7x7x2048 0 True", "avg_pool GlobalAveragePooling 2048 0 False",
             "head.0 Dense 256 524544 True", "head.1 Dense 4 1028 True"],
            rows.TakeLast(4).Select(row => $"{row.Name} {row.Kind} {row.Output} {row.Parameters} {row.Trainable}"));
    }

    [Theory]
    [InlineData(0, "avg_pool")]
    [InlineData(25, "conv4_block6_out")]
    [InlineData(175, "conv1_pad")]
    public void Exactly_one_row_is_the_boundary(int count, string boundary) =>
        Assert.Equal(boundary, Assert.Single(Plan(count).Rows, row => row.IsBoundary).Name);

    [Theory]
    [InlineData(0)]
    [InlineData(25)]
    [InlineData(175)]
    public void Rows_add_up_to_the_total(int count)
    {
        var plan = Plan(count, hidden: 256);

        Assert.Equal(plan.Parameters.Total, plan.Rows.Sum(row => row.Parameters));
        Assert.Equal(count + 2, plan.Rows.Count(row => row.Trainable));
    }

    [Fact]
    public void Prefix_and_tail_are_the_whole_network_wherever_the_boundary_lies()
    {
        var whole = Plan(0).PrefixMultiplyAdds + Plan(0).TailMultiplyAdds;

        Assert.All(Enumerable.Range(0, 176), count => Assert.Equal(whole, Plan(count).PrefixMultiplyAdds + Plan(count).TailMultiplyAdds));
        Assert.Equal(3_855_925_248 + 8_192, whole);
    }

    [Theory]
    [InlineData(1, 224)]
    [InlineData(4, 16)]
    public void Classes_and_image_size_out_of_range_are_refused(int classes, int imageSize) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PhasePlan.Create(MaskOf.Table, MaskOf.Last(0), new(), classes, imageSize));

    [Fact]
    public void A_mask_of_another_graph_is_refused() =>
        Assert.Throws<ArgumentException>(() =>
            PhasePlan.Create(LayerTable.For(NetworkGraph.TorchvisionV15), MaskOf.Last(0), new(), 4, 224));

    private static PhasePlan Plan(int count, params int[] hidden) =>
        PhasePlan.Create(MaskOf.Table, MaskOf.Last(count), new() { Hidden = [.. hidden] }, classes: 4, imageSize: 224);
}
