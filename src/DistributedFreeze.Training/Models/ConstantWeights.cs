using System.Collections.Immutable;

namespace DistributedFreeze.Training.Models;

/// <summary>What an earlier phase trained and the current one keeps as it is: hashed when the phase begins, so that a change is found.</summary>
/// <remarks>The base has hashes of its own, from when it was loaded. Belongs to one device thread.</remarks>
internal sealed class ConstantWeights
{
    private readonly NetworkState _network;
    private readonly ImmutableSortedDictionary<string, string> _hashes;

    /// <param name="network">A network that holds what the phase begins with.</param>
    public ConstantWeights(NetworkState network)
    {
        _network = network;
        _hashes = Hash();
    }

    /// <summary>Names of the layers whose weights or statistics are others by now.</summary>
    public ImmutableArray<string> Changed()
    {
        var now = Hash();
        return [.. _hashes.Where(layer => now.GetValueOrDefault(layer.Key) != layer.Value).Select(layer => layer.Key)];
    }

    private ImmutableSortedDictionary<string, string> Hash() => _network.ConstantTensors()
        .GroupBy(tensor => tensor.Key[..tensor.Key.LastIndexOf('.')], StringComparer.Ordinal)
        .ToImmutableSortedDictionary(layer => layer.Key, layer => StateHash.Of(layer), StringComparer.Ordinal);
}
