using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Plan;

/// <summary>What every phase of a run will train, move, store and compute.</summary>
/// <param name="Spec">The run.</param>
/// <param name="Classes">Number of classes.</param>
/// <param name="Phases">One plan for each phase, in order.</param>
internal sealed record RunPlan(RunSpec Spec, int Classes, ImmutableArray<PhasePlan> Phases)
{
    public static RunPlan Of(RunSpec spec, int classes)
    {
        var table = LayerTable.For(spec.Model.Graph);
        return new(spec, classes, [.. spec.Phases.Select((phase, index) => PhasePlan.Create(
            table,
            FreezePolicyResolver.Resolve(phase.Freeze, table, $"phases[{index}].freeze") with { Version = index + 1 },
            spec.Model.Head,
            classes,
            spec.Data.ImageSize))]);
    }
}
