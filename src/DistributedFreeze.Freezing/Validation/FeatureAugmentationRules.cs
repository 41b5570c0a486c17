using System.Collections.Immutable;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>Ranges of <see cref="FeatureAugmentationSpec"/>, and where there are features to change.</summary>
internal static class FeatureAugmentationRules
{
    private const string Field = "feature_augmentation";

    /// <param name="spec">The run.</param>
    /// <param name="masks">Which layers its phases open, as far as that is known.</param>
    /// <param name="problems">Receives what is wrong.</param>
    public static void Check(RunSpec spec, ImmutableArray<FreezeMask?> masks, ProblemList problems)
    {
        if (spec.FeatureAugmentation is not { } augmentation)
        {
            return;
        }

        FieldRules.Check(augmentation, Field, problems);
        if (augmentation is { Brightness: 0, Contrast: 0 })
        {
            if (augmentation.PerChannel)
            {
                problems.Add($"{Field}.per_channel", $"is true, but nothing changes a feature; give `{Field}.brightness` or `{Field}.contrast` above 0, or leave this out");
            }

            return;
        }

        for (var index = 0; index < masks.Length; index++)
        {
            if (masks[index] is { } mask && IsTheImages(mask))
            {
                var phase = $"phases[{index}]";
                problems.Add(
                    Field,
                    $"changes features at the boundary, but `{phase}.{PhaseRules.FormOf(spec.Phases[index].Freeze)}` opens the base from its first layer on, so that the images themselves are there; "
                    + "freeze the first layers in every phase, or take `data.augment` instead");
                return;
            }
        }
    }

    /// <summary>Whether no layer with parameters comes before the boundary.</summary>
    private static bool IsTheImages(FreezeMask mask)
    {
        var boundary = Boundary.Of(mask.Table, mask);
        return !boundary.IsPooled && !mask.Table.Layers.Take(boundary.Index + 1).Any(layer => layer.HasParameters);
    }
}
