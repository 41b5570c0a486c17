using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Planning;

/// <summary>What every phase of a run will train, move, store and compute.</summary>
/// <param name="Spec">The run.</param>
/// <param name="Classes">Number of classes.</param>
/// <param name="Phases">One plan for each phase, in order.</param>
public sealed record RunPlan(RunSpec Spec, int Classes, ImmutableArray<PhasePlan> Phases)
{
    /// <summary>Plans every phase.</summary>
    /// <param name="spec">A valid run.</param>
    /// <param name="classes">Number of classes, at least 2.</param>
    /// <exception cref="Errors.InvalidInputException">A policy names layers that do not exist.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is less than 2.</exception>
    public static RunPlan Of(RunSpec spec, int classes)
    {
        var table = LayerTable.For(spec.Model);
        return new(spec, classes, [.. spec.Phases.Select((phase, index) => PhasePlan.Of(
            spec,
            index,
            table,
            FreezePolicyResolver.Resolve(phase.Freeze, table, $"phases[{index}].freeze") with { Version = index + 1 },
            classes))]);
    }
}
