using System.Collections.Frozen;
using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Layers;

/// <summary>What tells one library's build of a ResNet from another's, whatever its depth.</summary>
/// <remarks>Sources: keras/src/applications/resnet.py and torchvision/models/resnet.py. Immutable and thread-safe.</remarks>
public sealed record GraphConvention
{
    /// <summary>The conventions. Another one is another row, and a value of <see cref="NetworkGraph"/>.</summary>
    private static readonly FrozenDictionary<NetworkGraph, GraphConvention> All = new GraphConvention[]
    {
        new()
        {
            Graph = NetworkGraph.KerasV1,
            ConvolutionBias = true,
            StridesFirst = true,
            BatchNormEpsilon = 1.001e-5,
            BatchNormMomentum = 0.01,
            Preprocessing = Preprocessing.Caffe,
            Architectures = [ModelArchitecture.ResNet50, ModelArchitecture.ResNet101, ModelArchitecture.ResNet152],
        },
        new()
        {
            Graph = NetworkGraph.TorchvisionV15,
            ConvolutionBias = false,
            StridesFirst = false,
            BatchNormEpsilon = 1e-5,
            BatchNormMomentum = 0.1,
            Preprocessing = Preprocessing.Torch,
            Architectures = [.. Enum.GetValues<ModelArchitecture>()],
        },
    }.ToFrozenDictionary(convention => convention.Graph);

    private GraphConvention()
    {
    }

    /// <summary>Which one it is.</summary>
    public required NetworkGraph Graph { get; init; }

    /// <summary>Whether convolutions add a bias.</summary>
    public required bool ConvolutionBias { get; init; }

    /// <summary>
    /// Whether a bottleneck that halves the image does so in its first convolution, as in the paper ("v1"), or in the 3x3 ("v1.5").
    /// </summary>
    public required bool StridesFirst { get; init; }

    /// <summary>What a batch norm adds to the variance: 1.001e-5 in Keras's ResNets, 1e-5 in torchvision (PyTorch's default).</summary>
    public required double BatchNormEpsilon { get; init; }

    /// <summary>
    /// Share of a batch's statistics in the moving ones, in PyTorch's sense: 0.01 for Keras, whose default momentum of 0.99 is the
    /// share that stays, and 0.1 for torchvision (PyTorch's default).
    /// </summary>
    public required double BatchNormMomentum { get; init; }

    /// <summary>
    /// How its published weights expect their pixels: <see cref="Preprocessing.Caffe"/> for Keras (<c>keras.applications.resnet.preprocess_input</c>),
    /// <see cref="Preprocessing.Torch"/> for torchvision (<c>ResNet50_Weights.transforms</c>).
    /// </summary>
    public required Preprocessing Preprocessing { get; init; }

    /// <summary>The networks that the library has.</summary>
    public required ImmutableArray<ModelArchitecture> Architectures { get; init; }

    /// <summary>Looks a convention up.</summary>
    /// <param name="graph">Which one.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="graph"/> is no defined value.</exception>
    public static GraphConvention Of(NetworkGraph graph) => All.TryGetValue(graph, out var convention)
        ? convention
        : throw new ArgumentOutOfRangeException(nameof(graph), graph, "There is no such graph.");
}
