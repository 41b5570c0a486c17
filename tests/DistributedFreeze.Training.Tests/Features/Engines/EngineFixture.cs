using System.Collections.Immutable;
using DistributedFreeze.Data;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Models;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>Networks with weights from a seed, batch norms that do something included, and a block of images.</summary>
public sealed class EngineFixture : IDisposable
{
    internal const int Size = 64;

    private readonly Dictionary<LayerTable, (BaseWeights Base, NetworkState Network)> _networks = [];

    public EngineFixture()
    {
        var random = new KeyedRandom(3, "images");
        Images = [.. Enumerable.Range(0, PrefixEngines.BlockSize).Select(_ => Image(random))];
    }

    /// <summary>As many as a block holds, each (3, 64, 64).</summary>
    internal ImmutableArray<float[]> Images { get; }

    public void Dispose()
    {
        foreach (var (weights, network) in _networks.Values)
        {
            network.Dispose();
            weights.Dispose();
        }
    }

    internal static ImmutableArray<int> AllEnds(LayerTable table) => CutTensors.Of(table).Add(table.Layers.Length);

    internal IPrefixEngine Create(PrefixEngine kind, NetworkGraph graph, int start, ImmutableArray<int> ends, int threads = 1, ImmutableArray<int>? means = null) =>
        Create(kind, LayerTable.For(graph), start, ends, threads, means);

    internal IPrefixEngine Create(PrefixEngine kind, LayerTable table, int start, ImmutableArray<int> ends, int threads = 1, ImmutableArray<int>? means = null, RunPrecision precision = default) =>
        PrefixEngines.Create(
            kind,
            new() { Table = table, Start = start, Ends = ends, Means = means ?? [], ImageSize = Size, Threads = threads, Precision = precision },
            Weights(table));

    internal ILayerWeights Weights(NetworkGraph graph) => Weights(LayerTable.For(graph));

    internal void Fill(PrefixBlock block)
    {
        for (var i = 0; i < Images.Length; i++)
        {
            Images[i].CopyTo(block.InputOf(i));
        }
    }

    /// <summary>The images' features at every cut, by index.</summary>
    internal Dictionary<int, float[]> FromPixels(PrefixEngine kind, NetworkGraph graph) => FromPixels(kind, LayerTable.For(graph));

    /// <inheritdoc cref="FromPixels(PrefixEngine, NetworkGraph)"/>
    internal Dictionary<int, float[]> FromPixels(PrefixEngine kind, LayerTable table)
    {
        var ends = AllEnds(table);
        using var engine = Create(kind, table, 0, ends);
        using var block = engine.CreateBlock();
        Fill(block);
        block.Evaluate();
        return ends.Select((end, i) => (end, Values: block.Output(i).ToArray())).ToDictionary(pair => pair.end, pair => pair.Values);
    }

    private NetworkState Weights(LayerTable table)
    {
        if (!_networks.TryGetValue(table, out var known))
        {
            var weights = BaseWeights.Random(7, table, CPU);
            known = (weights, new(weights));
            foreach (var spec in table.Layers.SelectMany(layer => layer.Tensors).Where(spec => spec.Shape.Length == 1))
            {
                known.Network.Set(spec.Name, Vary(spec, weights[spec.Name]));
            }

            _networks.Add(table, known);
        }

        return known.Network;
    }

    private static float[] Image(KeyedRandom random) =>
        [.. Enumerable.Range(0, 3 * Size * Size).Select(_ => (float)(60 * random.NextNormal()))];

    private static Tensor Vary(TensorSpec spec, Tensor value)
    {
        var random = new KeyedRandom(11, spec.Name);
        var positive = spec.Name.EndsWith("_bn.weight", StringComparison.Ordinal)
            || spec.Name.EndsWith(".running_var", StringComparison.Ordinal);
        var varied = value.data<float>().Select(x => positive ? x * (0.5f + random.NextSingle()) : x + random.NextSingle() - 0.5f);
        return tensor(varied.ToArray());
    }
}
