using System.Globalization;
using DistributedFreeze.Freezing.Layers;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

/// <summary>Bases that are drawn from a seed: runs of one seed and network have one, as long as any of them is there.</summary>
/// <remarks>Thread-safe. A base is only read; where it is damaged in memory, each run that has it finds that out by its hashes, as with a base of its own.</remarks>
internal sealed class DrawnBases : IDisposable
{
    private readonly SharedWhileUsed<BaseWeights> _bases = new(() => Unused);

    /// <summary>Those of this process.</summary>
    public static DrawnBases OfThisProcess { get; } = new();

    /// <summary>Bases, and engines of each, that stay when nobody uses them any more. Default: none. Tests keep some, of which hundreds have the same base one after another.</summary>
    public static int Unused { get; set; }

    /// <summary>Draws a base, or shares the one that is drawn.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="table">The graph.</param>
    /// <param name="device">Where the tensors go.</param>
    /// <returns>To be disposed of; its tensors stay until all have done so who share it.</returns>
    public BaseWeights Take(int seed, LayerTable table, Device device)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"{seed} {device} {table.StableName}");
        return _bases.Take(key, () => BaseWeights.Random(seed, table, device)).Share(() => _bases.Return(key));
    }

    /// <summary>Gives up what nobody uses.</summary>
    public void Dispose() => _bases.Dispose();
}
