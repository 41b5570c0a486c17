using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;

namespace DistributedFreeze.Freezing.Tests.Masks;

public sealed class CutTensorsTests
{
    private static readonly LayerTable Table = MaskOf.Table;

    [Fact]
    public void Of_the_175_counts_of_last_layers_39_cut_a_single_tensor() =>
        Assert.Equal(39, Enumerable.Range(0, 175).Count(count => CutTensors.BeforeLast(Table, count).Length == 1));

    [Fact]
    public void A_count_cuts_a_single_tensor_exactly_when_the_layer_before_it_is_a_cut() =>
        Assert.Equal(
            CutTensors.Of(Table),
            Enumerable.Range(0, 175).Select(count => CutTensors.BeforeLast(Table, count)).Where(cut => cut.Length == 1)
                .Select(cut => cut[0]).Order());

    [Fact]
    public void Cuts_are_the_layers_before_the_first_block_and_the_sum_and_output_of_every_block() =>
        Assert.Equal(
            Table.Layers.Where(layer => layer.Block is null || layer.Name.EndsWith("_add", StringComparison.Ordinal)
                || layer.Name.EndsWith("_out", StringComparison.Ordinal)).Select(layer => layer.Index),
            CutTensors.Of(Table));

    [Theory]
    [InlineData(0, "conv5_block3_out")]
    [InlineData(1, "conv5_block3_add")]
    [InlineData(2, "conv5_block2_out conv5_block3_3_bn")]
    [InlineData(10, "conv5_block2_out")]
    [InlineData(25, "conv5_block1_2_relu conv5_block1_0_conv")]
    [InlineData(26, "conv4_block6_out conv5_block1_2_relu")]
    [InlineData(174, "input_layer")]
    [InlineData(175, "")]
    public void The_last_layers_read_these_tensors_of_the_rest(int count, string tensors) =>
        Assert.Equal(tensors, string.Join(' ', CutTensors.BeforeLast(Table, count).Select(index => Table.Layers[index].Name)));

    [Theory]
    [InlineData(-1)]
    [InlineData(176)]
    public void A_count_outside_the_base_is_refused(int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => CutTensors.BeforeLast(Table, count));
}
