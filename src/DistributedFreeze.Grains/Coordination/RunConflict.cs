using System.Text.Json;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>Submitting a run twice is safe; submitting two runs under one id is a mistake.</summary>
internal static class RunConflict
{
    /// <exception cref="InvalidInputException">The id belongs to another caller's run, or to one with another spec.</exception>
    public static void RequireSame(string runId, RunSubmission known, RunSubmission submitted)
    {
        if (!RunOwner.IsSame(known.Owner, submitted.Owner))
        {
            throw new InvalidInputException("run id", $"must be a new one: {runId} is another caller's run");
        }

        if (Text(known.Spec) != Text(submitted.Spec))
        {
            throw new InvalidInputException("run id", $"must be a new one: {runId} is a run with another spec");
        }
    }

    private static string Text(RunSpec spec) => JsonSerializer.Serialize(spec with { Model = HeadInputs.Ordered(spec.Model) }, RunJson.Compact);
}
