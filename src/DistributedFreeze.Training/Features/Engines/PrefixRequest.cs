using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Onnx;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>Which stretch of the network to evaluate, and with what.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
internal sealed record PrefixRequest
{
    /// <summary>The layer table.</summary>
    public required LayerTable Table { get; init; }

    /// <summary>Index of the layer whose output is given: a cut of the table. Default: 0, the preprocessed pixels.</summary>
    public int Start { get; init; }

    /// <summary>
    /// Indices of the layers whose output is wanted, ascending, none before <see cref="Start"/>: cuts of the table, or the table's
    /// length for the pooled features.
    /// </summary>
    public required ImmutableArray<int> Ends { get; init; }

    /// <summary>
    /// Indices of the layers of which each channel's mean is wanted besides, ascending: cuts of the table above <see cref="Start"/> and up to the
    /// last of <see cref="Ends"/>. They come behind the ends. Default: none.
    /// </summary>
    public ImmutableArray<int> Means { get; init; } = [];

    /// <summary>Height and width of the network's input in pixels, 32 to 1,024, wherever the stretch starts.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Images of one evaluation, 1 to 4,096: the shape that kernels are chosen for, and so part of whose bits features are. Default: those of the processor.</summary>
    public int BlockSize { get; init; } = PrefixEngines.BlockSize;

    /// <summary>Threads of one evaluation, 1 to 256. With 1 (the default) it computes on its caller's thread alone.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>What ONNX Runtime computes on; the Torch engine goes where the weights are instead. Default: cpu.</summary>
    public PrefixProvider Provider { get; init; } = PrefixProvider.Cpu;

    /// <summary>In which numbers it is computed: bf16 on the Torch engine alone, tf32 on GPUs alone. Default: fp32.</summary>
    public RunPrecision Precision { get; init; }

    /// <summary>Number of the GPU where <see cref="Provider"/> is one. Default: 0.</summary>
    public int DeviceIndex { get; init; }

    /// <summary>All that an engine of one base depends on.</summary>
    /// <param name="kind">Which engine it is.</param>
    internal string Key(PrefixEngine kind) => string.Create(
        CultureInfo.InvariantCulture,
        $"{kind} {Table.StableName} {Start}:{string.Join(',', Ends)}:{string.Join(',', Means)} {ImageSize} {BlockSize} {Threads} {Provider} {DeviceIndex} {Precision}");

    internal long[] InputShape => Shape(Start);

    /// <summary>The shape of each output: the ends, then the means.</summary>
    internal ImmutableArray<long[]> OutputShapes =>
        [.. Ends.Select(Shape), .. Means.Select(layer => (long[])[BlockSize, Table.Layers[layer].Channels])];

    internal long[] Shape(int index) => [.. OnnxSegment.ShapeOf(Table, index, BlockSize, ImageSize)];

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ImageSize, DataSpec.SmallestImage);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ImageSize, DataSpec.LargestImage);
        ArgumentOutOfRangeException.ThrowIfLessThan(BlockSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BlockSize, 4096);
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Threads, 256);
        ArgumentOutOfRangeException.ThrowIfNegative(DeviceIndex);

        var cuts = CutTensors.Of(Table);
        if (!cuts.Contains(Start))
        {
            throw new ArgumentException($"The graph cannot be cut at layer {Start}.");
        }

        if (Ends.IsDefaultOrEmpty || Ends[0] < Start || Ends.Zip(Ends.Skip(1)).Any(pair => pair.First >= pair.Second))
        {
            throw new ArgumentException($"Ends must ascend, and begin at the start ({Start}) or behind it.");
        }

        if (Means.IsDefault || Means.Any(layer => layer <= Start || layer > Ends[^1] || !cuts.Contains(layer)) || Means.Zip(Means.Skip(1)).Any(pair => pair.First >= pair.Second))
        {
            throw new ArgumentException($"Means must ascend, and be cuts above the start ({Start}) and up to the last end ({Ends[^1]}).");
        }

        if (Ends.FirstOrDefault(end => end != Table.Layers.Length && !cuts.Contains(end), -1) is var wrong and not -1)
        {
            throw new ArgumentException($"The graph cannot be cut at layer {wrong}.");
        }
    }
}
