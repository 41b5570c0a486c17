using System.Collections.Immutable;

namespace DistributedFreeze.Freezing.Layers;

/// <summary>Appends layers and returns the index of each, so that an architecture reads top to bottom.</summary>
internal sealed class LayerListBuilder(bool convolutionBias)
{
    private readonly ImmutableArray<Layer>.Builder _layers = ImmutableArray.CreateBuilder<Layer>();

    /// <summary>Stage of the layers added from now on.</summary>
    public string Stage { get; set; } = "conv1";

    /// <summary>Block of the layers added from now on.</summary>
    public string? Block { get; set; }

    public ImmutableArray<Layer> Build() => _layers.DrainToImmutable();

    public int ChannelsOf(int layer) => _layers[layer].Channels;

    public int Input(string name, int channels) => Add(new Layer
    {
        Index = _layers.Count,
        Name = name,
        Kind = LayerKind.Input,
        Parents = [],
        Channels = channels,
        Stage = Stage,
        Block = Block,
    });

    public int Pad(string name, int parent, int pixels) =>
        Add(Plain(name, LayerKind.ZeroPadding, parent) with { ZeroPadding = pixels });

    public int MaxPool(string name, int parent, int kernel, int stride) =>
        Add(Plain(name, LayerKind.MaxPooling, parent) with { Pooling = new(kernel, stride) });

    public int Relu(string name, int parent) => Add(Plain(name, LayerKind.Relu, parent));

    public int Sum(string name, int first, int second) => Add(Plain(name, LayerKind.Add, first) with { Parents = [first, second] });

    public int Convolve(string name, int parent, int channels, int kernel, int stride = 1, int padding = 0, int groups = 1)
    {
        var shape = new ConvolutionShape(ChannelsOf(parent), channels, kernel, stride, padding, convolutionBias, groups);
        var weight = new TensorSpec($"{name}.weight", [channels, shape.InChannels / groups, kernel, kernel], IsStatistic: false);
        return Add(Plain(name, LayerKind.Convolution, parent) with
        {
            Channels = channels,
            Convolution = shape,
            Tensors = convolutionBias ? [weight, new($"{name}.bias", [channels], IsStatistic: false)] : [weight],
        });
    }

    public int Normalize(string name, int parent, bool endsBranch = false)
    {
        ImmutableArray<long> shape = [ChannelsOf(parent)];
        return Add(Plain(name, LayerKind.BatchNormalization, parent) with
        {
            Tensors =
            [
                new($"{name}.weight", shape, IsStatistic: false) { EndsBranch = endsBranch },
                new($"{name}.bias", shape, IsStatistic: false),
                new($"{name}.running_mean", shape, IsStatistic: true),
                new($"{name}.running_var", shape, IsStatistic: true),
            ],
        });
    }

    private Layer Plain(string name, LayerKind kind, int parent) => new()
    {
        Index = _layers.Count,
        Name = name,
        Kind = kind,
        Parents = [parent],
        Channels = ChannelsOf(parent),
        Stage = Stage,
        Block = Block,
    };

    private int Add(Layer layer)
    {
        _layers.Add(layer);
        return layer.Index;
    }
}
