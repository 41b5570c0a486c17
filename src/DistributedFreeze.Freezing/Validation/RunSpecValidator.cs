using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>Checks everything about a run that needs no file, no device and no cluster.</summary>
/// <remarks>
/// Pure and thread-safe. Fields are named as a run file writes them: <c>phases[0].optimizer.learning_rate</c>. Ranges are those
/// in the documentation of <see cref="RunSpec"/> and the records it holds; NaN and the infinities are refused everywhere.
/// </remarks>
public static class RunSpecValidator
{
    /// <summary>Finds everything that is wrong.</summary>
    /// <param name="spec">The run.</param>
    /// <returns>All problems at once, in the order of the run's fields; empty when there are none.</returns>
    public static ImmutableArray<Problem> Validate(RunSpec spec) => Check(spec).ToImmutable();

    /// <summary>The ranges that the fields of a run are held to.</summary>
    /// <param name="spec">A run; fields that it does not have are not looked at.</param>
    /// <returns>Ranges by the field's path in a run file.</returns>
    public static IReadOnlyDictionary<string, FieldRange> Ranges(RunSpec spec) => Check(spec).Ranges;

    private static ProblemList Check(RunSpec spec)
    {
        var problems = new ProblemList();
        if (problems.Present("data", spec.Data))
        {
            DataRules.Check(spec.Data, problems);
        }

        if (problems.Present("model", spec.Model))
        {
            ModelRules.Check(spec.Model, problems);
            BaseRules.Check(spec, problems);
        }

        if (spec.From is { } parent)
        {
            CheckParent(parent, problems);
        }

        var masks = CheckPhases(spec, problems);
        BatchRules.Check(spec, problems);
        PrecisionRules.Check(spec, problems);
        FeatureAugmentationRules.Check(spec, masks, problems);
        HeadInputRules.Check(spec, masks, problems);
        if (string.IsNullOrWhiteSpace(spec.Output))
        {
            problems.Add("output", "is empty, but must name the folder that receives the model and the receipt");
        }
        else
        {
            PathRules.CheckNew("output", spec.Output, problems);
        }

        LabelRules.Check(spec.Labels, problems);
        if (problems.Present("features", spec.Features))
        {
            FeatureRules.Check(spec.Features, spec.Data?.Augmentation, problems);
        }

        return problems;
    }

    /// <summary>Returns when nothing is wrong.</summary>
    /// <param name="spec">The run.</param>
    /// <exception cref="InvalidInputException">Something is wrong; it holds all problems.</exception>
    public static void EnsureValid(RunSpec spec)
    {
        var problems = Validate(spec);
        if (!problems.IsEmpty)
        {
            throw new InvalidInputException(problems);
        }
    }

    private static void CheckParent(string parent, ProblemList problems)
    {
        if (string.IsNullOrWhiteSpace(parent))
        {
            problems.Add("from", "is empty, but must name the output folder of a finished run; leave it out to start from `model.weights`");
        }
        else
        {
            PathRules.Check("from", parent, problems);
        }
    }

    /// <summary>Each has a mask over all layers of its own.</summary>
    private const int MostPhases = 100;

    /// <returns>Which layers each phase opens; null where that is not known, and none where the phases are refused.</returns>
    private static ImmutableArray<FreezeMask?> CheckPhases(RunSpec spec, ProblemList problems)
    {
        if (spec.Phases.IsDefaultOrEmpty)
        {
            problems.Add("phases", "is empty, but a run needs at least one phase");
            return [];
        }

        if (spec.Phases.Length > MostPhases)
        {
            problems.Add("phases", $"must be at most {MostPhases}, got {spec.Phases.Length:N0}");
            return [];
        }

        var table = spec.Model is { } model && LayerTable.TryForWhole(model, out var found) ? found : null;
        var masks = ImmutableArray.CreateBuilder<FreezeMask?>();
        for (var index = 0; index < spec.Phases.Length; index++)
        {
            var field = $"phases[{index}]";
            masks.Add(problems.Present(field, spec.Phases[index]) ? PhaseRules.Check(spec.Phases[index], field, table, problems) : null);
        }

        return masks.ToImmutable();
    }
}
