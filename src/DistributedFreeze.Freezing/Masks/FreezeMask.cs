using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Masks;

/// <summary>What a policy resolves to: one flag for each of the 175 layers, with or without parameters, as Keras would flag them.</summary>
/// <remarks>
/// Immutable and thread-safe. Two masks are equal when their <see cref="Hash"/> is, whatever their <see cref="Version"/>.
/// </remarks>
public sealed record FreezeMask
{
    private readonly int _version = 1;

    /// <param name="graph">The graph whose layers are flagged.</param>
    /// <param name="trainable">One flag per layer, by index; true opens the layer.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="graph"/> is no defined value.</exception>
    /// <exception cref="ArgumentException"><paramref name="trainable"/> has another length than the layer table.</exception>
    public FreezeMask(NetworkGraph graph, ImmutableArray<bool> trainable)
    {
        var layers = LayerTable.For(graph).Layers;
        if (trainable.IsDefault || trainable.Length != layers.Length)
        {
            throw new ArgumentException($"A mask has one flag for each of the {layers.Length} layers.", nameof(trainable));
        }

        Graph = graph;
        Trainable = trainable;
        Hash = HashOf(graph, layers, trainable);
    }

    /// <summary>The graph whose layers are flagged.</summary>
    public NetworkGraph Graph { get; }

    /// <summary>One flag per layer, by index; true is open.</summary>
    public ImmutableArray<bool> Trainable { get; }

    /// <summary>Number, from 1, of the phase that the mask belongs to. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Version
    {
        get => _version;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _version = value;
        }
    }

    /// <summary>
    /// SHA-256 in lower-case hexadecimal over UTF-8 lines that each end in a line feed: the graph's name, then for each layer
    /// its name, a space, and 1 for open or 0 for frozen.
    /// </summary>
    public string Hash { get; }

    /// <summary>Number of layers flagged open, those without parameters included.</summary>
    public int TrainableCount => Trainable.Count(open => open);

    /// <summary>Names of the open layers that have parameters, in the table's order.</summary>
    public ImmutableArray<string> TrainableLayers => [.. WithParameters(open: true).Select(layer => layer.Name)];

    /// <summary>Names of the frozen layers that have parameters, in the table's order.</summary>
    public ImmutableArray<string> FrozenLayers => [.. WithParameters(open: false).Select(layer => layer.Name)];

    /// <summary>Numbers of the base that a gradient changes: weights, biases and batch-norm affine of open layers, no statistics.</summary>
    public long TrainableParameters => WithParameters(open: true).Sum(layer => layer.TrainableParameters);

    /// <inheritdoc/>
    public bool Equals(FreezeMask? other) => other is not null && Hash == other.Hash;

    /// <inheritdoc/>
    public override int GetHashCode() => Hash.GetHashCode(StringComparison.Ordinal);

    /// <returns>Version, graph, number of open layers and the start of the hash, for logs.</returns>
    public override string ToString() => $"mask {Version} of {Graph}, {TrainableCount} of {Trainable.Length} layers open, {Hash[..12]}";

    private IEnumerable<Layer> WithParameters(bool open) =>
        LayerTable.For(Graph).Layers.Where(layer => layer.HasParameters && Trainable[layer.Index] == open);

    private static string HashOf(NetworkGraph graph, ImmutableArray<Layer> layers, ImmutableArray<bool> trainable)
    {
        var text = new StringBuilder().Append(StableNames.Of(graph)).Append('\n');
        foreach (var layer in layers)
        {
            text.Append(layer.Name).Append(' ').Append(trainable[layer.Index] ? '1' : '0').Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
