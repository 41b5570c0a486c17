using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Layers;

/// <summary>Lists ResNet50 (He et al., 2016) without its top, in the order of Keras's <c>model.layers</c>.</summary>
/// <remarks>
/// Keras sorts layers by depth from the output, not by creation: a projection block lists
/// <c>_2_relu, _0_conv, _3_conv, _0_bn, _3_bn, _add, _out</c>. torchvision's network has the same layers, so it keeps
/// Keras's names and order.
/// </remarks>
internal static class ResNet50
{
    public static ImmutableArray<Layer> List(NetworkGraph graph)
    {
        var layers = new LayerListBuilder(convolutionBias: graph == NetworkGraph.KerasV1);

        var x = layers.Input("input_layer", channels: 3);             // 224x224x3
        x = layers.Pad("conv1_pad", x, pixels: 3);                    // 230x230x3
        x = layers.Convolve("conv1_conv", x, 64, kernel: 7, stride: 2); // 112x112x64
        x = layers.Normalize("conv1_bn", x);
        x = layers.Relu("conv1_relu", x);
        x = layers.Pad("pool1_pad", x, pixels: 1);                    // 114x114x64; zeros do no harm after a ReLU
        x = layers.MaxPool("pool1_pool", x, kernel: 3, stride: 2);    // 56x56x64

        x = Stage(layers, graph, x, "conv2", blocks: 3, width: 64, stride: 1);  // 56x56x256
        x = Stage(layers, graph, x, "conv3", blocks: 4, width: 128, stride: 2); // 28x28x512
        x = Stage(layers, graph, x, "conv4", blocks: 6, width: 256, stride: 2); // 14x14x1024
        _ = Stage(layers, graph, x, "conv5", blocks: 3, width: 512, stride: 2); // 7x7x2048

        return layers.Build();
    }

    private static int Stage(LayerListBuilder layers, NetworkGraph graph, int x, string stage, int blocks, int width, int stride)
    {
        layers.Stage = stage;
        x = Block(layers, graph, x, $"{stage}_block1", width, stride, projects: true);
        for (var block = 2; block <= blocks; block++)
        {
            x = Block(layers, graph, x, $"{stage}_block{block}", width, stride: 1, projects: false);
        }

        return x;
    }

    private static int Block(LayerListBuilder layers, NetworkGraph graph, int input, string block, int width, int stride, bool projects)
    {
        // v1 strides on the first 1x1, as in the paper; torchvision moved it to the 3x3 ("v1.5").
        var (first, second) = graph == NetworkGraph.KerasV1 ? (stride, 1) : (1, stride);
        layers.Block = block;

        var x = layers.Convolve($"{block}_1_conv", input, width, kernel: 1, stride: first);
        x = layers.Normalize($"{block}_1_bn", x);
        x = layers.Relu($"{block}_1_relu", x);
        x = layers.Convolve($"{block}_2_conv", x, width, kernel: 3, stride: second, padding: 1);
        x = layers.Normalize($"{block}_2_bn", x);
        x = layers.Relu($"{block}_2_relu", x);

        var skip = projects ? layers.Convolve($"{block}_0_conv", input, 4 * width, kernel: 1, stride: stride) : input;
        x = layers.Convolve($"{block}_3_conv", x, 4 * width, kernel: 1);
        skip = projects ? layers.Normalize($"{block}_0_bn", skip) : skip;
        x = layers.Normalize($"{block}_3_bn", x);

        x = layers.Sum($"{block}_add", skip, x);
        return layers.Relu($"{block}_out", x);
    }
}
