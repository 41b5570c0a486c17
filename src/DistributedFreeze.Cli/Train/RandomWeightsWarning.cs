using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Train;

/// <summary>Says that a run has no pre-trained weights, wherever its output goes.</summary>
internal static class RandomWeightsWarning
{
    /// <summary>Warns where a run forgot them.</summary>
    /// <param name="console">Where it is said.</param>
    /// <param name="spec">The run.</param>
    public static void WarnOfRandomWeights(this CommandConsole console, RunSpec spec)
    {
        if (MissingWeights.Warning(spec) is { } missing)
        {
            console.WarnOnError(missing);
        }
    }
}
