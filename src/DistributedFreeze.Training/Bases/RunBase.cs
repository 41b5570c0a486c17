using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Models;

namespace DistributedFreeze.Training.Bases;

/// <summary>Finds the kind of base that a run has.</summary>
internal static class RunBase
{
    /// <param name="spec">A run; what its base says is known.</param>
    /// <param name="table">The base's layers.</param>
    /// <param name="drawn">Where random weights are shared; null for this process's.</param>
    public static IRunBase Of(RunSpec spec, LayerTable table, DrawnBases? drawn = null) =>
        table.IsGraph ? new GraphBase(spec) : new TableBase(spec, table, drawn ?? DrawnBases.OfThisProcess);
}
