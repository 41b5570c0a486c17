using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>Which layers a head may read (<see cref="HeadSpec.Inputs"/>), and that the base is then a constant.</summary>
internal static class HeadInputRules
{
    private const string Field = "model.head.inputs";

    /// <param name="spec">The run.</param>
    /// <param name="masks">Which layers of the whole network its phases open, as far as that is known.</param>
    /// <param name="problems">Receives what is wrong.</param>
    public static void Check(RunSpec spec, ImmutableArray<FreezeMask?> masks, ProblemList problems)
    {
        if (spec.Model?.Head?.Inputs is not { IsDefaultOrEmpty: false } names)
        {
            return;
        }

        if (spec.Model.Base is not null)
        {
            problems.Add(Field, "is for a ResNet: an ONNX model as the base has one vector of features, at `model.boundary`; leave it out");
            return;
        }

        if (!LayerTable.TryForWhole(spec.Model, out var whole))
        {
            return; // which is a problem of its own
        }

        var wrong = HeadInputNames.Problems(whole, names).ToList();
        wrong.ForEach(message => problems.Add(Field, message));
        if (wrong.Count == 0 && LayerTable.TryFor(spec.Model, out var table) && table != whole)
        {
            CheckFrozen(spec, masks, table, problems);
        }
    }

    /// <summary>What is before a head's inputs is evaluated once for each image, and nowhere else: no layer of it can train.</summary>
    private static void CheckFrozen(RunSpec spec, ImmutableArray<FreezeMask?> masks, LayerTable table, ProblemList problems)
    {
        for (var index = 0; index < masks.Length; index++)
        {
            if (masks[index] is { } mask && mask.Trainable.Contains(true))
            {
                var phase = $"phases[{index}]";
                problems.Add(
                    Field,
                    $"lets the head read {string.Join(", ", table.HeadInputs.Select(layer => layer.Name))} of a frozen base, but `{phase}.{PhaseRules.FormOf(spec.Phases[index].Freeze)}` opens layers of it; "
                    + $"say `{phase}.unfreeze: none`, or leave this out for a head on the last layer");
                return;
            }
        }
    }
}
