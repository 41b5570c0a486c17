using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Training.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

/// <summary>The pre-trained base on one device, and over it what the run before trained where a run starts from one: read by every replica there, written by none.</summary>
/// <remarks>Thread-safe for reading. Its owner disposes of it when no replica reads it any more.</remarks>
internal sealed class BaseWeights : IDisposable
{
    private readonly LayerTable _table;
    private readonly ImmutableDictionary<string, Tensor> _tensors;

    private readonly Func<string>? _graphHash;
    private readonly Action? _release;

    private BaseWeights(LayerTable table, ImmutableDictionary<string, Tensor> tensors, string sha256, ImmutableArray<string> inherited, Func<string>? graphHash = null)
    {
        _table = table;
        _graphHash = graphHash;
        _tensors = tensors;
        Sha256 = sha256;
        Inherited = inherited;
        LayerHashes = table.Layers.Where(layer => layer.HasParameters).ToImmutableSortedDictionary(
            layer => layer.Name, layer => layer.Graph is null ? StateHash.OfLayer(layer, name => tensors[name]) : sha256, StringComparer.Ordinal);
        StatisticsHashes = Hash(table.Layers.Where(layer => layer.Statistics > 0).Select(layer => StatisticsName.Of(layer.Name)));
    }

    private BaseWeights(BaseWeights shared, Action release)
    {
        (_table, _tensors, _graphHash, _release) = (shared._table, shared._tensors, shared._graphHash, release);
        (Sha256, Inherited, LayerHashes, StatisticsHashes, Warnings, Derived) = (shared.Sha256, shared.Inherited, shared.LayerHashes, shared.StatisticsHashes, shared.Warnings, shared.Derived);
    }

    /// <summary>SHA-256 over all tensors of the base in name order, as they are before what an earlier run trained is laid over them.</summary>
    public string Sha256 { get; }

    /// <summary>Names of the tensors that are not the base's own: the run starts from another one, which trained them. In ordinal order.</summary>
    public ImmutableArray<string> Inherited { get; }

    /// <summary>SHA-256 of every layer that has tensors, by layer name, as they were loaded.</summary>
    public ImmutableSortedDictionary<string, string> LayerHashes { get; }

    /// <summary>SHA-256 of every batch norm's running statistics, by <see cref="StatisticsName"/>, as they were loaded.</summary>
    internal ImmutableSortedDictionary<string, string> StatisticsHashes { get; }

    /// <summary>What a person should know of the file, a sentence each.</summary>
    public ImmutableArray<string> Warnings { get; private set; } = [];

    /// <summary>What is made of these tensors alone, such as the engines of untouched prefixes: for all who evaluate this base at the same time.</summary>
    internal SharedWhileUsed<IDisposable> Derived { get; } = new(() => DrawnBases.Unused);

    /// <summary>Finds a tensor; it stays this object's.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public Tensor this[string name] => _tensors[name];

    /// <summary>Reads a weights file.</summary>
    /// <param name="path">An .h5 or .safetensors file, with or without the classifier.</param>
    /// <param name="table">The graph that the weights are for.</param>
    /// <param name="device">Where the tensors go.</param>
    /// <param name="parent">What is laid over them; null for nothing.</param>
    /// <exception cref="Errors.InvalidInputException">
    /// The file cannot be read, or tensors are missing, extra or of another shape, or hold numbers that are none; or the parent began with another base.
    /// </exception>
    public static BaseWeights Load(string path, LayerTable table, Device device, ParentWeights? parent = null)
    {
        using var file = WeightsFile.Open(path);
        var others = WeightsCheck.Compare(table, file);
        var numbers = new WeightNumbers(file);
        var weights = Create(table, device, (tensor, values) =>
        {
            file.Read(tensor.Name, values);
            numbers.Add(tensor, values);
        }, parent, path);
        try
        {
            numbers.ThrowIfAny();
        }
        catch (Errors.InvalidInputException)
        {
            weights.Dispose();
            throw;
        }

        weights.Warnings = ForeignHead.Warning(file, others) is { } warning ? [warning] : [];
        return weights;
    }

    /// <summary>Draws random weights, for a run without pre-trained ones.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="table">The graph.</param>
    /// <param name="device">Where the tensors go.</param>
    /// <param name="parent">What is laid over them; null for nothing.</param>
    /// <exception cref="Errors.InvalidInputException">The parent began with another base.</exception>
    public static BaseWeights Random(int seed, LayerTable table, Device device, ParentWeights? parent = null) =>
        Create(table, device, (tensor, values) => RandomWeights.Draw(seed, tensor, values), parent, path: null);

    /// <summary>The base that is a graph: it has no tensors here.</summary>
    /// <param name="table">Its one layer.</param>
    /// <param name="sha256">What it is, as <see cref="BaseIdentity"/> says.</param>
    /// <param name="hashAgain">Finds that out again.</param>
    public static BaseWeights OfGraph(LayerTable table, string sha256, Func<string> hashAgain) =>
        new(table, ImmutableDictionary<string, Tensor>.Empty, sha256, [], hashAgain);

    /// <summary>The same base for one more who reads it.</summary>
    /// <param name="release">Called instead of disposing of the tensors.</param>
    public BaseWeights Share(Action release) => new(this, release);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_release is not null)
        {
            _release();
            return;
        }

        Derived.Dispose();
        foreach (var tensor in _tensors.Values)
        {
            tensor.Dispose();
        }
    }

    /// <summary>Hashes layers again, from the tensors in use.</summary>
    /// <param name="names">Names of layers that have tensors, or of a batch norm's statistics.</param>
    public ImmutableSortedDictionary<string, string> Hash(IEnumerable<string> names) => names.ToImmutableSortedDictionary(
        name => name,
        name => StatisticsName.TryParse(name, out var norm)
            ? StateHash.Of(_table[norm].Tensors.Where(tensor => tensor.IsStatistic), tensor => _tensors[tensor])
            : _table[name].Graph is not null ? _graphHash!() : StateHash.OfLayer(_table[name], tensor => _tensors[tensor]),
        StringComparer.Ordinal);

    private static BaseWeights Create(LayerTable table, Device device, FillTensor fill, ParentWeights? parent, string? path)
    {
        var specs = table.Layers.SelectMany(layer => layer.Tensors).ToList();
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var spec in specs)
        {
            tensors.Add(spec.Name, Filled(spec, device, fill));
        }

        var sha256 = StateHash.Of(specs, name => tensors[name]);
        if (parent is not null)
        {
            foreach (var spec in specs.Where(spec => parent.BaseTensors.Contains(spec.Name)))
            {
                tensors[spec.Name].Dispose();
                tensors[spec.Name] = Filled(spec, device, parent.Read);
            }
        }

        var weights = new BaseWeights(table, tensors.ToImmutableDictionary(StringComparer.Ordinal), sha256, parent?.BaseTensors ?? []);
        try
        {
            parent?.Require(sha256, path, name => weights[name]);
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    private static Tensor Filled(TensorSpec spec, Device device, FillTensor fill)
    {
        var host = empty(spec.Shape.AsSpan(), ScalarType.Float32).DetachFromDisposeScope();
        fill(spec, MemoryMarshal.Cast<byte, float>(host.bytes));
        return device.type == DeviceType.CPU ? host : host.to(device, disposeAfter: true).DetachFromDisposeScope();
    }

    private delegate void FillTensor(TensorSpec tensor, Span<float> values);
}
