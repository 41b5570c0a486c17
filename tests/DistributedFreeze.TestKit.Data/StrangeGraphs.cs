namespace DistributedFreeze.TestKit.Data;

/// <summary>Networks for images that are no ResNets of ours, as small as they can be: each ends with a dense layer for 5 classes.</summary>
public static class StrangeGraphs
{
    /// <summary>Height and width that they take.</summary>
    public const int Size = 48;

    /// <summary>Features of <see cref="Mobile"/>.</summary>
    public const int MobileFeatures = 12;

    /// <summary>Features of <see cref="Tokens"/>.</summary>
    public const int TokenFeatures = 16;

    /// <summary>
    /// A depthwise convolution, a hard swish, a pointwise convolution, an average over space: 3 x 4 x 4 x 8, 8 x 3 x 3 and 8 x 12 weights, with biases of 8, 8 and 12, and a
    /// classifier of 12 x 5 and 5.
    /// </summary>
    /// <param name="opset">11 or later; a hard swish is an operator from 14 on, and two before.</param>
    /// <param name="batch">Images at a time; -1 leaves it open.</param>
    /// <param name="size">Height and width; -1 leaves it open.</param>
    /// <param name="channelsLast">Whether it takes (N, H, W, 3), as what comes from TensorFlow.</param>
    /// <param name="end">What it gives: <c>logits</c>, or any tensor of it.</param>
    /// <param name="external">The file that holds its weights; null for its own.</param>
    public static OnnxWriter Mobile(int opset = 13, int batch = -1, int size = Size, bool channelsLast = false, string end = "logits", string? external = null)
    {
        var graph = new OnnxWriter { Opset = opset, External = external };
        graph.Input("pictures", 1, channelsLast ? [batch, size, size, 3] : [batch, 3, size, size]);
        var x = "pictures";
        if (channelsLast)
        {
            graph.Node("Transpose", x, "planes", ("perm", List(0, 3, 1, 2)));
            x = "planes";
        }

        graph.Weights("stem.w", 8, 3, 4, 4).Weights("stem.b", 8).Node("Conv", $"{x} stem.w stem.b", "stem", ("strides", List(4, 4)));
        graph.Weights("deep.w", 8, 1, 3, 3).Weights("deep.b", 8).Node("Conv", "stem deep.w deep.b", "deep", ("group", 8), ("pads", List(1, 1, 1, 1)));
        if (opset >= 14)
        {
            graph.Node("HardSwish", "deep", "swish");
        }
        else
        {
            graph.Node("HardSigmoid", "deep", "gate", ("alpha", 1 / 6f), ("beta", 0.5f)).Node("Mul", "deep gate", "swish");
        }

        graph.Weights("point.w", 12, 8, 1, 1).Weights("point.b", 12).Node("Conv", "swish point.w point.b", "point").Node("Relu", "point", "map");
        graph.Node("GlobalAveragePool", "map", "mean").Node("Flatten", "mean", "features", ("axis", 1));
        graph.Weights("class.w", 5, 12).Weights("class.b", 5).Node("Gemm", "features class.w class.b", "logits", ("transB", 1));
        return graph.Output(end);
    }

    /// <summary>Patches of 12 x 12, a class token before them, attention over the 17 tokens, layer norm, and the class token's features.</summary>
    /// <param name="end">What it gives: <c>logits</c>, <c>norm</c> (all tokens), or any other tensor of it.</param>
    /// <param name="withClassToken">Whether there is one; without, there are 16 tokens, and their mean is what is classified.</param>
    public static OnnxWriter Tokens(string end = "logits", bool withClassToken = true)
    {
        const int Width = TokenFeatures;
        var graph = new OnnxWriter { Opset = 17 };
        graph.Input("pixel_values", 1, 1, 3, Size, Size);
        graph.Weights("patch.w", Width, 3, 12, 12).Node("Conv", "pixel_values patch.w", "patches", ("strides", List(12, 12)));
        graph.Constant("patch.shape", [1, Width, 16]).Node("Reshape", "patches patch.shape", "flat").Node("Transpose", "flat", "grid", ("perm", List(0, 2, 1)));
        if (withClassToken)
        {
            graph.Weights("token", 1, 1, Width).Node("Concat", "token grid", "tokens", ("axis", 1));
        }
        else
        {
            graph.Node("Identity", "grid", "tokens");
        }

        graph.Weights("query", Width, Width).Weights("key", Width, Width).Weights("value", Width, Width);
        graph.Node("MatMul", "tokens query", "q").Node("MatMul", "tokens key", "k").Node("MatMul", "tokens value", "v").Node("Transpose", "k", "kt", ("perm", List(0, 2, 1)));
        graph.Node("MatMul", "q kt", "scores").Node("Softmax", "scores", "weights", ("axis", -1)).Node("MatMul", "weights v", "mixed").Node("Add", "tokens mixed", "sum");
        graph.Weights("norm.w", Width).Weights("norm.b", Width).Node("LayerNormalization", "sum norm.w norm.b", "norm", ("axis", -1));
        if (withClassToken)
        {
            graph.Constant("zero", [0]).Node("Gather", "norm zero", "first", ("axis", 1)).Constant("drop", [1]).Node("Squeeze", "first drop", "features");
        }
        else
        {
            graph.Node("ReduceMean", "norm", "features", ("axes", List(1)), ("keepdims", 0));
        }

        graph.Weights("class.w", Width, 5).Weights("class.b", 5).Node("MatMul", "features class.w", "product").Node("Add", "product class.b", "logits");
        return graph.Output(end);
    }

    private static int[] List(params int[] numbers) => numbers;
}
