using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Layers;

public sealed class LayerTableTests
{
    private static readonly LayerTable Keras = LayerTable.For(NetworkGraph.KerasV1);
    private static readonly LayerTable Torchvision = LayerTable.For(NetworkGraph.TorchvisionV15);

    [Theory]
    [InlineData(LayerKind.Input, 1)]
    [InlineData(LayerKind.ZeroPadding, 2)]
    [InlineData(LayerKind.Convolution, 53)]
    [InlineData(LayerKind.BatchNormalization, 53)]
    [InlineData(LayerKind.Relu, 49)]
    [InlineData(LayerKind.Add, 16)]
    [InlineData(LayerKind.MaxPooling, 1)]
    public void Both_graphs_have_as_many_layers_of_a_kind_as_Keras(LayerKind kind, int count)
    {
        Assert.Equal(count, Keras.Layers.Count(layer => layer.Kind == kind));
        Assert.Equal(count, Torchvision.Layers.Count(layer => layer.Kind == kind));
    }

    [Fact]
    public void Keras_counts_moving_statistics_among_its_parameters()
    {
        Assert.Equal(23_587_712, Keras.Parameters);
        Assert.Equal(53_120, Keras.Statistics);
        Assert.Equal(23_534_592, Keras.TrainableParameters);
    }

    [Fact]
    public void Torchvision_counts_its_parameters_without_statistics()
    {
        Assert.Equal(23_508_032, Torchvision.TrainableParameters);
        Assert.Equal(53_120, Torchvision.Statistics);
    }

    [Fact]
    public void Torchvision_has_no_convolution_bias() =>
        Assert.All(Torchvision.Layers, layer => Assert.False(layer.Convolution?.Bias ?? false));

    [Theory]
    [InlineData("conv3_block1_1_conv", 2, 1)]
    [InlineData("conv3_block1_2_conv", 1, 2)]
    [InlineData("conv5_block1_0_conv", 2, 2)]
    [InlineData("conv5_block2_2_conv", 1, 1)]
    [InlineData("conv2_block1_0_conv", 1, 1)]
    public void The_stride_of_a_stage_is_on_the_1x1_in_Keras_and_on_the_3x3_in_torchvision(string layer, int keras, int torchvision)
    {
        Assert.Equal(keras, Keras[layer].Convolution!.Stride);
        Assert.Equal(torchvision, Torchvision[layer].Convolution!.Stride);
    }

    [Fact]
    public void Batch_norms_differ_in_epsilon_and_momentum()
    {
        Assert.Equal((1.001e-5, 0.01), (Keras.BatchNormEpsilon, Keras.BatchNormMomentum));
        Assert.Equal((1e-5, 0.1), (Torchvision.BatchNormEpsilon, Torchvision.BatchNormMomentum));
    }

    [Fact]
    public void A_convolution_stores_weight_and_bias() =>
        Assert.Equal(
            ["conv1_conv.weight 64x3x7x7", "conv1_conv.bias 64"],
            Keras["conv1_conv"].Tensors.Select(tensor => $"{tensor.Name} {string.Join('x', tensor.Shape)}"));

    [Fact]
    public void A_batch_norm_stores_its_affine_and_then_its_statistics() =>
        Assert.Equal(
            ["conv1_bn.weight False", "conv1_bn.bias False", "conv1_bn.running_mean True", "conv1_bn.running_var True"],
            Keras["conv1_bn"].Tensors.Select(tensor => $"{tensor.Name} {tensor.IsStatistic}"));

    [Theory]
    [InlineData("input_layer", "conv1", null)]
    [InlineData("pool1_pool", "conv1", null)]
    [InlineData("conv2_block1_1_conv", "conv2", "conv2_block1")]
    [InlineData("conv5_block3_out", "conv5", "conv5_block3")]
    public void A_layer_knows_its_stage_and_block(string layer, string stage, string? block) =>
        Assert.Equal((stage, block), (Keras[layer].Stage, Keras[layer].Block));

    [Fact]
    public void The_smallest_image_ends_as_one_pixel() => Assert.Equal("1x1x2048", Keras.ShapesAt(32)[^1].ToString());

    [Fact]
    public void Both_graphs_have_the_same_output_at_an_odd_size() =>
        Assert.Equal(Keras.ShapesAt(225)[^1], Torchvision.ShapesAt(225)[^1]);

    [Theory]
    [InlineData(31)]
    [InlineData(1025)]
    public void An_image_size_out_of_range_is_refused(int size)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Keras.ShapesAt(size));
        Assert.Throws<ArgumentOutOfRangeException>(() => Keras.MultiplyAddsAt(size));
    }

    [Fact]
    public void An_unknown_name_is_answered_with_the_nearest_ones()
    {
        var error = Assert.Throws<KeyNotFoundException>(() => Keras["conv5_blok1_out"]);

        Assert.StartsWith("unknown layer 'conv5_blok1_out'; did you mean conv5_block1_out, ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_name_is_not_found() => Assert.False(Keras.TryGet("Conv1_conv", out _));

    [Fact]
    public void A_graph_has_one_table() => Assert.Same(Keras, LayerTable.For(NetworkGraph.KerasV1));

    [Fact]
    public void An_undefined_graph_has_no_table() => Assert.Throws<ArgumentException>(() => LayerTable.For((NetworkGraph)7));
}
