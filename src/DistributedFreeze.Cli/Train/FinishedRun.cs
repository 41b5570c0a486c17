using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Train;

/// <summary>Tells whether a finished run is the one that a command would train.</summary>
internal static class FinishedRun
{
    /// <summary>Whether a run was of a spec; images and weights, which its receipt has hashes of, are not looked at.</summary>
    /// <param name="spec">The spec; what it leaves to the run to decide counts as the run decided.</param>
    /// <param name="receipt">The run's.</param>
    public static bool IsOf(RunSpec spec, Receipt receipt)
    {
        var decided = spec with
        {
            Data = spec.Data with { Preprocessing = spec.Data.Preprocessing is null or Preprocessing.Auto ? receipt.Spec.Data.Preprocessing : spec.Data.Preprocessing },
            Model = spec.Model with { Classes = spec.Model.Classes ?? receipt.Spec.Model.Classes },
        };
        return RunSpecKey.Of(decided) == RunSpecKey.Of(receipt.Spec);
    }
}
