using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Policies;

/// <summary>What the learning rate of each layer of the base is multiplied by.</summary>
/// <remarks>Pure and thread-safe: a layer has the same rate everywhere.</remarks>
/// <param name="optimizer">A validated specification.</param>
/// <param name="table">The layers.</param>
public sealed class LayerRates(OptimizerSpec optimizer, LayerTable table)
{
    /// <summary>More than a ResNet50 has layers, and than anybody writes by hand.</summary>
    private const int MostGlobs = 200;

    private readonly ImmutableArray<string> _blocks = [.. table.Layers.Select(layer => layer.Block).OfType<string>().Distinct()];

    /// <summary>The factor of a layer.</summary>
    /// <param name="layer">Its name.</param>
    /// <returns>Above 0.</returns>
    /// <exception cref="KeyNotFoundException">There is no such layer.</exception>
    public double Of(string layer)
    {
        var named = optimizer.Rates.IsEmpty ? null : optimizer.Rates.All.FirstOrDefault(rate => FreezePolicyResolver.Matches(rate.Name, table[layer]));
        return (named?.Value ?? 1) * Math.Pow(optimizer.LayerDecay, BlocksFromHead(table[layer]));
    }

    /// <summary>Finds globs that match no layer that trains, and layers that two globs match.</summary>
    /// <param name="rates">The factors by glob.</param>
    /// <param name="mask">Which layers are open.</param>
    /// <param name="field">Where a person wrote them.</param>
    /// <returns>A problem for each such glob and, of all such layers, for the first.</returns>
    public static IEnumerable<Problem> Check(NamedNumbers rates, FreezeMask mask, string field)
    {
        if (rates.IsEmpty)
        {
            return [];
        }

        if (rates.All.Length > MostGlobs)
        {
            return [new(field, $"must have at most {MostGlobs} globs, got {rates.All.Length:N0}")];
        }

        var table = mask.Table;
        ImmutableArray<Layer> open = [.. table.Layers.Where(layer => mask.Trainable[layer.Index] && layer.TrainableParameters > 0)];
        var idle = rates.All.Where(rate => !open.Any(layer => FreezePolicyResolver.Matches(rate.Name, layer)));
        var twice = open.Select(layer => (layer.Name, Globs: rates.All.Where(rate => FreezePolicyResolver.Matches(rate.Name, layer)).ToList()))
            .Where(one => one.Globs.Count > 1).Take(1);
        return
        [
            .. idle.Select(rate => new Problem(field, Idle(rate.Name, table))),
            .. twice.Select(one => new Problem(field, $"names {one.Name} twice, by '{one.Globs[0].Name}' and '{one.Globs[1].Name}', but a layer has one rate")),
        ];
    }

    private static string Idle(string glob, LayerTable table) => table.Layers.Any(layer => FreezePolicyResolver.Matches(glob, layer))
        ? $"glob '{glob}' matches no layer with parameters that trains in this phase"
        : FreezePolicyResolver.MatchesNothing(glob, table);

    /// <summary>1 for the last block; one more than there are blocks for what comes before the first.</summary>
    private int BlocksFromHead(Layer layer) => _blocks.Length - (layer.Block is { } block ? _blocks.IndexOf(block) : -1);
}
