using System.Text.Json;
using DistributedFreeze.Cli.Bases;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;

namespace DistributedFreeze.Cli.Sweeps;

/// <summary>Makes the runs of this machine's trials: what they take over from a run that they start from, and what their base is, is found out once.</summary>
/// <param name="console">The error output is told of bases.</param>
internal sealed class SweepRuns(CommandConsole console)
{
    private readonly Dictionary<string, RunSpec> _resolved = new(StringComparer.Ordinal);

    /// <exception cref="Errors.InvalidInputException">It is no valid run, or its base or the run that it starts from cannot be used.</exception>
    public RunSpec Build(RunDraft draft)
    {
        var spec = StartingRun.Adopt(FoundNetwork.In(console, draft)); // trials may have weights of their own
        if (spec.Model.Base is null)
        {
            return spec;
        }

        var key = JsonSerializer.Serialize((Model: spec.Model with { Head = new() }, spec.Data), Tuples);
        if (!_resolved.TryGetValue(key, out var resolved))
        {
            _resolved.Add(key, resolved = LocalBase.Resolve(console, spec));
        }

        return spec with { Data = resolved.Data, Model = resolved.Model with { Head = spec.Model.Head } };
    }

    private static JsonSerializerOptions Tuples { get; } = new(RunJson.Stored) { IncludeFields = true };
}
