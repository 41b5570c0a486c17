using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Masks;

public sealed class BoundaryTests
{
    private static readonly LayerTable Table = MaskOf.Table;

    [Theory]
    [InlineData(10, "conv5_block2_out")]
    [InlineData(20, "conv5_block1_out")]
    [InlineData(25, "conv4_block6_out")]
    [InlineData(32, "conv4_block6_out")]
    [InlineData(94, "conv3_block4_out")]
    [InlineData(172, "conv1_conv")]
    [InlineData(173, "conv1_pad")]
    [InlineData(175, "conv1_pad")]
    public void The_boundary_is_the_last_cut_before_the_first_open_layer(int count, string boundary)
    {
        var found = Boundary.Of(Table, MaskOf.Last(count));

        Assert.Equal(boundary, found.Name);
        Assert.Equal(Table[boundary].Index, found.Index);
        Assert.False(found.IsPooled);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Without_open_parameters_the_boundary_is_the_pooled_output(int count)
    {
        var found = Boundary.Of(Table, MaskOf.Last(count));

        Assert.Equal(("avg_pool", 175, true), (found.Name, found.Index, found.IsPooled));
        Assert.Empty(found.TailLayers);
        Assert.False(found.InsideBlock);
    }

    [Fact]
    public void An_open_layer_without_parameters_does_not_move_the_boundary() =>
        Assert.Equal(165 - 1, Boundary.Of(Table, MaskOf.Named("conv2_block1_add", "conv5_block3_1_conv")).Index);

    [Fact]
    public void A_last_count_inside_a_block_recomputes_the_frozen_layers_before_it()
    {
        var found = Boundary.Of(Table, MaskOf.Last(25));

        Assert.True(found.InsideBlock);
        Assert.Equal([143, 144, 146, 147, 149], found.FrozenBeforeTrainable);
        Assert.Equal(found.FrozenBeforeTrainable, found.FrozenInTail);
    }

    [Fact]
    public void A_hole_is_computed_at_every_step_but_lies_behind_an_open_layer()
    {
        var found = Boundary.Of(Table, MaskOf.Named("conv5_block3_1_conv", "conv5_block3_3_conv"));

        Assert.False(found.InsideBlock);
        Assert.Equal(["conv5_block3_1_bn", "conv5_block3_2_conv", "conv5_block3_2_bn", "conv5_block3_3_bn"],
            found.FrozenInTail.Select(index => Table.Layers[index].Name));
    }

    [Fact]
    public void Any_start_inside_a_block_is_inside_it()
    {
        var inside = Enumerable.Range(0, 176).Where(count => Boundary.Of(Table, MaskOf.Last(count)).InsideBlock);

        var expected = Enumerable.Range(0, 176).Where(count =>
            Table.Layers.Skip(175 - count).FirstOrDefault(layer => layer.HasParameters) is { Block: not null } first
            && !first.Name.EndsWith("_1_conv", StringComparison.Ordinal));
        Assert.Equal(expected, inside);
    }

    [Fact]
    public void A_mask_of_another_graph_is_refused() =>
        Assert.Throws<ArgumentException>(() => Boundary.Of(LayerTable.For(NetworkGraph.TorchvisionV15), MaskOf.Last(10)));
}
