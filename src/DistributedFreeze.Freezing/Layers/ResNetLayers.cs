using System.Collections.Immutable;

namespace DistributedFreeze.Freezing.Layers;

/// <summary>Lists a network of the ResNet family (He et al., 2016) without its top, in the order of Keras's <c>model.layers</c>.</summary>
/// <remarks>
/// <para>
/// Keras sorts layers by depth from the output, not by creation: a projection block lists
/// <c>_2_relu, _0_conv, _3_conv, _0_bn, _3_bn, _add, _out</c>. torchvision's networks have the same layers, so they keep
/// Keras's names and order.
/// </para>
/// <para>
/// Keras has no basic blocks. Theirs are named and ordered by the same rule: <c>_1</c> and <c>_2</c> are the convolutions of the branch, <c>_0</c> the
/// projection, and a projection block lists <c>_1_relu, _0_conv, _2_conv, _0_bn, _2_bn, _add, _out</c>.
/// </para>
/// </remarks>
internal sealed class ResNetLayers
{
    private readonly ResNetArchitecture _architecture;
    private readonly GraphConvention _convention;
    private readonly LayerListBuilder _layers;

    private ResNetLayers(ResNetArchitecture architecture, GraphConvention convention) =>
        (_architecture, _convention, _layers) = (architecture, convention, new(convention.ConvolutionBias));

    public static ImmutableArray<Layer> List(ResNetArchitecture architecture, GraphConvention convention) =>
        new ResNetLayers(architecture, convention).List();

    private ImmutableArray<Layer> List() // shapes in comments are a ResNet50's
    {
        var channels = ResNetArchitecture.ChannelsOfFirstStage;
        var x = _layers.Input("input_layer", channels: 3);             // 224x224x3
        x = _layers.Pad("conv1_pad", x, pixels: 3);                    // 230x230x3
        x = _layers.Convolve("conv1_conv", x, channels, kernel: 7, stride: 2); // 112x112x64
        x = _layers.Normalize("conv1_bn", x);
        x = _layers.Relu("conv1_relu", x);
        x = _layers.Pad("pool1_pad", x, pixels: 1);                    // 114x114x64; zeros do no harm after a ReLU
        x = _layers.MaxPool("pool1_pool", x, kernel: 3, stride: 2);    // 56x56x64

        x = Stage(x, "conv2", _architecture.BlocksPerStage[0], channels, stride: 1);     // 56x56x256
        x = Stage(x, "conv3", _architecture.BlocksPerStage[1], 2 * channels, stride: 2); // 28x28x512
        x = Stage(x, "conv4", _architecture.BlocksPerStage[2], 4 * channels, stride: 2); // 14x14x1024
        _ = Stage(x, "conv5", _architecture.BlocksPerStage[3], 8 * channels, stride: 2); // 7x7x2048

        return _layers.Build();
    }

    private int Stage(int x, string stage, int blocks, int channels, int stride)
    {
        _layers.Stage = stage;
        for (var block = 1; block <= blocks; block++)
        {
            _layers.Block = $"{stage}_block{block}";
            x = _architecture.Block == ResidualBlock.Basic
                ? Basic(x, _layers.Block, channels, block == 1 ? stride : 1)
                : Bottleneck(x, _layers.Block, channels, block == 1 ? stride : 1);
        }

        return x;
    }

    private int Basic(int input, string block, int channels, int stride)
    {
        var projects = Projects(input, channels, stride);
        var x = _layers.Convolve($"{block}_1_conv", input, channels, kernel: 3, stride: stride, padding: 1);
        x = _layers.Normalize($"{block}_1_bn", x);
        x = _layers.Relu($"{block}_1_relu", x);

        var skip = projects ? _layers.Convolve($"{block}_0_conv", input, channels, kernel: 1, stride: stride) : input;
        x = _layers.Convolve($"{block}_2_conv", x, channels, kernel: 3, padding: 1);
        skip = projects ? _layers.Normalize($"{block}_0_bn", skip) : skip;
        x = _layers.Normalize($"{block}_2_bn", x, endsBranch: true);

        x = _layers.Sum($"{block}_add", skip, x);
        return _layers.Relu($"{block}_out", x);
    }

    private int Bottleneck(int input, string block, int channels, int stride)
    {
        var (first, second) = _convention.StridesFirst ? (stride, 1) : (1, stride);
        var (width, output) = (_architecture.WidthAt(channels), _architecture.Expansion * channels);
        var projects = Projects(input, output, stride);

        var x = _layers.Convolve($"{block}_1_conv", input, width, kernel: 1, stride: first);
        x = _layers.Normalize($"{block}_1_bn", x);
        x = _layers.Relu($"{block}_1_relu", x);
        x = _layers.Convolve($"{block}_2_conv", x, width, kernel: 3, stride: second, padding: 1, groups: _architecture.Groups);
        x = _layers.Normalize($"{block}_2_bn", x);
        x = _layers.Relu($"{block}_2_relu", x);

        var skip = projects ? _layers.Convolve($"{block}_0_conv", input, output, kernel: 1, stride: stride) : input;
        x = _layers.Convolve($"{block}_3_conv", x, output, kernel: 1);
        skip = projects ? _layers.Normalize($"{block}_0_bn", skip) : skip;
        x = _layers.Normalize($"{block}_3_bn", x, endsBranch: true);

        x = _layers.Sum($"{block}_add", skip, x);
        return _layers.Relu($"{block}_out", x);
    }

    /// <summary>A block's input is added as it is where it has the output's shape, which is so in the first block of a small ResNet, too.</summary>
    private bool Projects(int input, int channels, int stride) => stride > 1 || _layers.ChannelsOf(input) != channels;
}
