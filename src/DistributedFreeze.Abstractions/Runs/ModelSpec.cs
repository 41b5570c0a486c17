using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace DistributedFreeze.Runs;

/// <summary>The base network, its weights and the head on top.</summary>
[GenerateSerializer, Immutable, Alias("df.model-spec")]
public sealed record ModelSpec
{
    /// <summary>Stands for the architecture where there is a <see cref="Base"/>, on the wire and where runs are stored: a silo of before, which knows no base and would train a ResNet50, refuses it.</summary>
    private const ModelArchitecture NoResNet = (ModelArchitecture)100;

    /// <summary>What is added to the architecture where the head names its <see cref="HeadSpec.Inputs"/>: a silo of before, which would train another head, refuses that, too.</summary>
    private const int WithInputs = 200;

    [Id(2)] private HeadSpec _head = new();

    [Id(5)] private ModelArchitecture _architecture;

    [Id(6)] private string? _base;

    /// <summary>Whose build of the network. Default: Keras's v1.</summary>
    [Id(0)] public NetworkGraph Graph { get; init; } = NetworkGraph.KerasV1;

    /// <summary>File with the base's weights (.h5 or .safetensors); null takes random ones from the run's seed.</summary>
    [Id(1)] public string? Weights { get; init; }

    /// <summary>The dense layers on top of the pooled features.</summary>
    public HeadSpec Head
    {
        get => _head;
        init
        {
            var architecture = Architecture;
            _head = value;
            _architecture = Marked(architecture, _base, value);
        }
    }

    /// <summary>Number of classes, at least 2; null takes the number of class folders, and another number than that is refused.</summary>
    [Id(3)] public int? Classes { get; init; }

    /// <summary>True says that random weights are meant, where there is no <see cref="Weights"/>; a run that says neither is warned of. Never changes the result.</summary>
    [Id(4)] public bool RandomWeights { get; init; }

    /// <summary>Which network of the ResNet family; Keras's graph has 50, 101 and 152 alone. Default: ResNet50.</summary>
    public ModelArchitecture Architecture
    {
        get => _architecture == NoResNet ? default : _architecture - MarkOf(_base, _head);
        init => _architecture = Marked(value, _base, _head);
    }

    /// <summary>An ONNX model as the frozen base, in place of a ResNet and its <see cref="Weights"/>: the head alone trains. Default: none.</summary>
    public string? Base
    {
        get => _base;
        init
        {
            var architecture = Architecture;
            _base = value;
            _architecture = Marked(architecture, value, _head);
        }
    }

    /// <summary>The tensor at which <see cref="Base"/> ends, by its name or its node's; null ends it before its last dense layer, or at its output.</summary>
    [Id(7)] public string? Boundary { get; init; }

    /// <summary>How that tensor becomes features. Default: by its shape.</summary>
    [Id(8)] public FeaturePooling Pool { get; init; }

    /// <summary>SHA-256 of <see cref="Base"/> in lower-case hex, with its files of external data; null takes the file's.</summary>
    [Id(9)] public string? BaseSha256 { get; init; }

    /// <summary>Number of features, 1 to 1,048,576; null takes what the model has at the boundary.</summary>
    [Id(10)] public int? BaseFeatures { get; init; }

    /// <summary>Stored numbers of <see cref="Base"/> up to the boundary, at least 0; null counts them.</summary>
    [Id(11)] public long? BaseParameters { get; init; }

    /// <summary>Multiply-adds of <see cref="Base"/> up to the boundary for one image, at least 0; null where they are not counted yet, or not known.</summary>
    [Id(12)] public long? BaseMultiplyAdds { get; init; }

    private static ModelArchitecture Marked(ModelArchitecture given, string? ofBase, HeadSpec? head) =>
        given == default && ofBase is not null ? NoResNet : given + MarkOf(ofBase, head);

    private static int MarkOf(string? ofBase, HeadSpec? head) => ofBase is null && head?.Inputs is { IsDefaultOrEmpty: false } ? WithInputs : 0;
}

/// <summary>Whose build of a ResNet.</summary>
public enum NetworkGraph
{
    /// <summary>Keras's: stride on the first convolution of a block, convolutions with a bias, batch-norm epsilon 1.001e-5.</summary>
    KerasV1 = 0,

    /// <summary>torchvision's: stride on the 3x3 convolution of a block of three, no bias, batch-norm epsilon 1e-5.</summary>
    TorchvisionV15 = 1,
}

/// <summary>Dense layers on top of the pooled features, each followed by ReLU and dropout; the classes follow.</summary>
[GenerateSerializer, Immutable, Alias("df.head-spec")]
public sealed record HeadSpec
{
    /// <summary>Widths of the hidden layers, each 1 to 65,536; empty goes straight to the classes.</summary>
    [Id(0)] public ImmutableArray<int> Hidden { get; init; } = [];

    /// <summary>Share of activations dropped after each hidden layer while training, 0 up to but not including 1. Default: 0.</summary>
    [Id(1)] public double Dropout { get; init; }

    /// <summary>First weights of the layer of classes; hidden layers are drawn in any case. Default: zeros.</summary>
    [Id(2)] public HeadInit Init { get; init; }

    /// <summary>
    /// Layers of a ResNet whose outputs, each channel averaged over its places, the head reads, one after another in the network's order: the stem's last or those that blocks end with.
    /// The base is then frozen in every phase, and layers after the last of them are left out. Null and empty read the last layer of the base.
    /// </summary>
    [Id(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public ImmutableArray<string>? Inputs { get; init; }

    /// <summary>Whether both are the same head.</summary>
    /// <param name="other">Another head.</param>
    public bool Equals(HeadSpec? other) =>
        other is not null && (Dropout, Init) == (other.Dropout, other.Init)
        && Items(Hidden).SequenceEqual(Items(other.Hidden)) && Items(Inputs ?? []).SequenceEqual(Items(other.Inputs ?? []), StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Dropout, Init, Items(Hidden).Length, Items(Inputs ?? []).Length);

    private static ImmutableArray<T> Items<T>(ImmutableArray<T> items) => items.IsDefault ? [] : items; // a problem of the spec, not of a comparison
}

/// <summary>First weights of the layer of classes.</summary>
public enum HeadInit
{
    /// <summary>All zero: every class is as likely as another at first, whatever the seed.</summary>
    Zeros = 0,

    /// <summary>Uniform, by inputs and outputs (Glorot and Bengio, 2010): Keras's default.</summary>
    Glorot = 1,
}
