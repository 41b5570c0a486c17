using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;

namespace DistributedFreeze.Data.Runs;

/// <summary>Which boundaries one phase computes: its own, and those of later phases that the same pass over the images can give.</summary>
/// <remarks>Pure, immutable and thread-safe.</remarks>
/// <param name="Boundary">Index of the phase's own boundary; the last of <paramref name="Ends"/>.</param>
/// <param name="Ends">Boundaries to compute and keep, ascending.</param>
/// <param name="IsUntouched">True where no earlier phase trained any layer of the prefix: its features are the base's own.</param>
/// <param name="Serves">Later phases, from 0, whose features this phase's pass gives as well.</param>
public sealed record FeatureRoute(int Boundary, ImmutableArray<int> Ends, bool IsUntouched, ImmutableArray<int> Serves)
{
    /// <summary>The route of every phase of a run.</summary>
    /// <param name="table">The layer table.</param>
    /// <param name="masks">The mask of each phase.</param>
    public static ImmutableArray<FeatureRoute> OfPhases(LayerTable table, ImmutableArray<FreezeMask> masks)
    {
        ImmutableArray<int> boundaries = [.. masks.Select(mask => DistributedFreeze.Freezing.Masks.Boundary.Of(table, mask).Index)];
        return [.. Enumerable.Range(0, masks.Length).Select(Route)];

        FeatureRoute Route(int phase)
        {
            // A later boundary may be kept now only if nothing before it trains from this phase until then.
            ImmutableArray<int> later = [.. Enumerable.Range(phase + 1, masks.Length - phase - 1)
                .Where(next => boundaries[next] > 0 && IsFrozen(boundaries[next], phase, next))];
            return new(
                boundaries[phase],
                [.. later.Select(next => boundaries[next]).Append(boundaries[phase]).Where(end => end > 0).Distinct().Order()],
                IsFrozen(boundaries[phase], 0, phase),
                later);
        }

        bool IsFrozen(int boundary, int first, int end) => !masks[first..end].Any(mask =>
            table.Layers.Any(layer => layer.Index <= boundary && layer.HasParameters && mask.Trainable[layer.Index]));
    }
}
