using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Training.Advice;

/// <summary>The stem and the residual blocks of a base: how deep one may look into it. Immutable and thread-safe.</summary>
internal sealed class Blocks
{
    public Blocks(LayerTable table)
    {
        Layers = table.BlockEnds;
        var offset = 0;
        var places = ImmutableArray.CreateBuilder<(int Offset, int Channels)>(Layers.Length);
        foreach (var layer in Layers)
        {
            places.Add((offset, layer.Channels));
            offset += layer.Channels;
        }

        (Places, Channels) = (places.MoveToImmutable(), offset);
        StageEnds = [.. Enumerable.Range(1, Layers.Length - 1).Where(i => i == Layers.Length - 1 || Layers[i + 1].Stage != Layers[i].Stage)];
    }

    /// <summary>The layer that each of them ends with, the stem's first.</summary>
    public ImmutableArray<Layer> Layers { get; }

    /// <summary>Where each one's channels lie among those of all.</summary>
    public ImmutableArray<(int Offset, int Channels)> Places { get; }

    /// <summary>Places among <see cref="Layers"/> of the last block of each stage, without the stem.</summary>
    public ImmutableArray<int> StageEnds { get; }

    /// <summary>Channels of all together: 15,168 in a ResNet50.</summary>
    public int Channels { get; }
}
