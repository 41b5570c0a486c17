using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Train;

/// <summary>What <c>dfreeze train</c> was asked to do.</summary>
/// <param name="Spec">The validated run.</param>
/// <param name="ResumeFrom">Output folder of an interrupted run whose checkpoint to go on from; null starts afresh.</param>
/// <param name="Json">Whether the output is to be one JSON object and nothing else.</param>
/// <param name="Console">Where to write; it knows whether a person watches.</param>
internal sealed record TrainRequest(RunSpec Spec, string? ResumeFrom, bool Json, CommandConsole Console);
