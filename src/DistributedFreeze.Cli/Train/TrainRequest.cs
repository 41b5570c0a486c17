using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Results;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Train;

/// <summary>What <c>dfreeze train</c> was asked to do.</summary>
/// <param name="Spec">The validated run.</param>
/// <param name="Resume">Whether to go on from the checkpoint in the run's output folder.</param>
/// <param name="Json">Whether the output is to be one JSON object and nothing else.</param>
/// <param name="Console">Where to write; it knows whether a person watches.</param>
internal sealed record TrainRequest(RunSpec Spec, bool Resume, bool Json, CommandConsole Console)
{
    /// <summary>Where else the curves go.</summary>
    public ResultTargets Results { get; init; } = ResultTargets.None;
}
