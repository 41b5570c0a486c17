using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Freezing.Masks;

/// <summary>What a policy resolves to: one flag for each layer of the base, with or without parameters, as Keras would flag them.</summary>
/// <remarks>
/// Immutable and thread-safe. Two masks are equal when their <see cref="Hash"/> is, whatever their <see cref="Version"/>.
/// </remarks>
public sealed record FreezeMask
{
    private readonly int _version = 1;

    /// <param name="table">The layers that are flagged.</param>
    /// <param name="trainable">One flag per layer, by index; true opens the layer.</param>
    /// <exception cref="ArgumentException"><paramref name="trainable"/> has another length than the layer table.</exception>
    public FreezeMask(LayerTable table, ImmutableArray<bool> trainable)
    {
        if (trainable.IsDefault || trainable.Length != table.Layers.Length)
        {
            throw new ArgumentException($"A mask has one flag for each of the {table.Layers.Length} layers.", nameof(trainable));
        }

        Table = table;
        Trainable = trainable;
        Hash = HashOf(table, trainable);
    }

    /// <summary>The layers that are flagged.</summary>
    public LayerTable Table { get; }

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
    /// SHA-256 in lower-case hexadecimal over UTF-8 lines that each end in a line feed: <see cref="LayerTable.StableName"/>, then for each layer
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

    /// <returns>Version, network, number of open layers and the start of the hash, for logs.</returns>
    public override string ToString() => $"mask {Version} of {Table.StableName}, {TrainableCount} of {Trainable.Length} layers open, {Hash[..12]}";

    private IEnumerable<Layer> WithParameters(bool open) =>
        Table.Layers.Where(layer => layer.HasParameters && Trainable[layer.Index] == open);

    private static string HashOf(LayerTable table, ImmutableArray<bool> trainable)
    {
        var text = new StringBuilder().Append(table.StableName).Append('\n');
        foreach (var layer in table.Layers)
        {
            text.Append(layer.Name).Append(' ').Append(trainable[layer.Index] ? '1' : '0').Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
