using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Diagnosis;

/// <summary>A convolution to be tried.</summary>
/// <param name="Shape">Its sizes; the bias is left out.</param>
/// <param name="Size">Height and width of its input in pixels.</param>
internal sealed record ConvolutionCase(ConvolutionShape Shape, int Size)
{
    /// <summary>Every convolution of a ResNet50 at 224 x 224, as Keras and as torchvision build it, each once.</summary>
    public static ImmutableArray<ConvolutionCase> OfResNet50 { get; } =
        [.. new[] { NetworkGraph.KerasV1, NetworkGraph.TorchvisionV15 }.SelectMany(graph => Of(LayerTable.For(graph), imageSize: 224)).Distinct()];

    /// <summary>Such as <c>64 to 256 channels of 56x56 pixels, kernel 1, stride 1</c>.</summary>
    public override string ToString() =>
        $"{Shape.InChannels} to {Shape.OutChannels} channels of {Size}x{Size} pixels, kernel {Shape.Kernel}, stride {Shape.Stride}";

    private static IEnumerable<ConvolutionCase> Of(LayerTable table, int imageSize)
    {
        var sizes = table.ShapesAt(imageSize);
        return table.Layers.Where(layer => layer.Convolution is not null)
            .Select(layer => new ConvolutionCase(layer.Convolution! with { Bias = false }, sizes[layer.Parents[0]].Height));
    }
}
