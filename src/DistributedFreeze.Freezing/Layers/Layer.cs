using System.Collections.Immutable;

namespace DistributedFreeze.Freezing.Layers;

/// <summary>One layer of the base.</summary>
/// <remarks>Immutable. Two layers are told apart by table and index: record equality stops at the arrays.</remarks>
public sealed record Layer
{
    /// <summary>Place in the table, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Keras's name of it, such as <c>conv5_block1_1_conv</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it does.</summary>
    public required LayerKind Kind { get; init; }

    /// <summary>Indices of the layers it reads, each below <see cref="Index"/>; empty for the input, two for a sum.</summary>
    public required ImmutableArray<int> Parents { get; init; }

    /// <summary>Channels of its output.</summary>
    public required int Channels { get; init; }

    /// <summary><c>conv1</c> to <c>conv5</c>; everything before the first block belongs to <c>conv1</c>.</summary>
    public required string Stage { get; init; }

    /// <summary>The residual block, such as <c>conv5_block1</c>; null before the first block.</summary>
    public required string? Block { get; init; }

    /// <summary>Sizes of a convolution; null for every other kind.</summary>
    public ConvolutionShape? Convolution { get; init; }

    /// <summary>Sizes of a pooling; null for every other kind.</summary>
    public PoolingShape? Pooling { get; init; }

    /// <summary>Zeros that a padding layer adds on each side, in pixels; 0 for every other kind.</summary>
    public int ZeroPadding { get; init; }

    /// <summary>Stored numbers and costs of an ONNX model; null for every other kind.</summary>
    public GraphFacts? Graph { get; init; }

    /// <summary>What is stored of it, in the order weight, bias, running mean, running variance; empty without parameters.</summary>
    public ImmutableArray<TensorSpec> Tensors { get; init; } = [];

    /// <summary>Whether it stores anything. A layer without parameters is the same frozen or open.</summary>
    public bool HasParameters => !Tensors.IsEmpty || Graph is not null;

    /// <summary>Stored numbers, moving statistics included, as Keras counts them.</summary>
    public long Parameters => Graph?.Parameters ?? Tensors.Sum(tensor => tensor.Elements);

    /// <summary>Stored numbers that a gradient changes while the layer is open: all but the moving statistics.</summary>
    public long TrainableParameters => Tensors.Where(tensor => !tensor.IsStatistic).Sum(tensor => tensor.Elements);

    /// <summary>Numbers of the moving statistics.</summary>
    public long Statistics => Tensors.Where(tensor => tensor.IsStatistic).Sum(tensor => tensor.Elements);

    /// <summary>Multiply-adds of its forward pass for one image; those of a graph that are not known count 1, since it has to be computed all the same.</summary>
    internal long MultiplyAddsAt(FeatureShape output) =>
        Graph is { } graph ? graph.MultiplyAdds ?? 1 : (long)output.Height * output.Width * (Convolution?.WeightElements ?? 0);

    /// <summary>Shape of the output for an input of the given height and width.</summary>
    internal FeatureShape ShapeAfter(FeatureShape input) => Kind switch
    {
        LayerKind.Graph => new(1, 1, Channels),
        LayerKind.ZeroPadding => new(input.Height + (2 * ZeroPadding), input.Width + (2 * ZeroPadding), Channels),
        LayerKind.Convolution => Windows(input, Convolution!.Kernel, Convolution.Stride, Convolution.Padding),
        LayerKind.MaxPooling => Windows(input, Pooling!.Kernel, Pooling.Stride, padding: 0),
        _ => input with { Channels = Channels },
    };

    // floor((size + 2 padding - kernel) / stride) + 1: both Keras and PyTorch drop the incomplete last window.
    private FeatureShape Windows(FeatureShape input, int kernel, int stride, int padding) => new(
        ((input.Height + (2 * padding) - kernel) / stride) + 1,
        ((input.Width + (2 * padding) - kernel) / stride) + 1,
        Channels);
}
