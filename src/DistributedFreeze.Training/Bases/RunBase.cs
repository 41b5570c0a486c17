using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Bases;

/// <summary>Finds the kind of base that a run has.</summary>
internal static class RunBase
{
    /// <param name="spec">A run; what its base says is known.</param>
    /// <param name="table">The base's layers.</param>
    public static IRunBase Of(RunSpec spec, LayerTable table) => table.IsGraph ? new GraphBase(spec) : new TableBase(spec, table);
}
