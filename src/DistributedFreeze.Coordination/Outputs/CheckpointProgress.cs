using System.Text.Json;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Outputs;

/// <summary>Where a run stood when its checkpoint was written.</summary>
internal static class CheckpointProgress
{
    /// <summary>Where the newest checkpoint of a run stands.</summary>
    /// <param name="output">The run's output folder.</param>
    /// <param name="spec">Its spec.</param>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="InvalidInputException">The checkpoint is damaged or belongs to another spec.</exception>
    public static RunProgress? Newest(OutputFolder output, RunSpec spec) =>
        File.Exists(output.Checkpoint) ? Within(Read(output.Checkpoint, RunSpecKey.Of(spec)), spec, output.Checkpoint) : null;

    /// <summary>Where the newest checkpoint of a run stands, every byte of it checked.</summary>
    /// <param name="output">The run's output folder.</param>
    /// <param name="spec">Its spec.</param>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="InvalidInputException">The checkpoint is damaged or belongs to another spec.</exception>
    public static RunProgress? RequireWhole(OutputFolder output, RunSpec spec)
    {
        if (Newest(output, spec) is not { } progress)
        {
            return null;
        }

        CheckpointHeader.RequireWhole(output.Checkpoint);
        return progress;
    }

    /// <summary>Where the newest checkpoint of a run stands, if it is whole: a run does without one that is damaged.</summary>
    /// <param name="output">The run's output folder.</param>
    /// <param name="spec">Its spec.</param>
    /// <param name="damage">Why there is none that can be used; null where there is no file.</param>
    /// <returns>Null where there is none that can be used.</returns>
    public static RunProgress? NewestWhole(OutputFolder output, RunSpec spec, out string? damage)
    {
        damage = null;
        try
        {
            return RequireWhole(output, spec);
        }
        catch (InvalidInputException unusable)
        {
            damage = unusable.Message.ReplaceLineEndings(" ");
            return null;
        }
    }

    /// <exception cref="InvalidInputException">The run has no such place.</exception>
    private static RunProgress Within(RunProgress progress, RunSpec spec, string path) =>
        progress is { Phase: >= 0, Epoch: >= 0, Step: >= 0 } && progress.Phase < spec.Phases.Length && progress.Epoch <= spec.Phases[progress.Phase].Epochs
            ? progress
            : throw new InvalidInputException(
                path, $"is damaged: it stands in phase {progress.Phase + 1}, epoch {progress.Epoch + 1}, step {progress.Step}, where the run never comes");

    /// <param name="path">The checkpoint.</param>
    /// <param name="specKey">Identifies what the run's spec computes.</param>
    /// <exception cref="InvalidInputException">The checkpoint is damaged or belongs to another spec.</exception>
    public static RunProgress Read(string path, string specKey)
    {
        var stamp = CheckpointHeader.Read(path);
        stamp.CheckSpec(specKey, path);
        return Parse(stamp.Progress, path);
    }

    /// <param name="text">What <see cref="Format"/> wrote.</param>
    /// <param name="path">The checkpoint, for the message.</param>
    /// <exception cref="InvalidInputException">It is none.</exception>
    public static RunProgress Parse(string text, string path)
    {
        try
        {
            return JsonSerializer.Deserialize<RunProgress>(text, RunJson.Stored)
                ?? throw new InvalidInputException(path, "says nothing of where the run stood");
        }
        catch (JsonException e)
        {
            throw new InvalidInputException(path, $"is damaged: {e.Message}");
        }
    }

    /// <summary>What a checkpoint says of it.</summary>
    public static string Format(RunProgress progress) => JsonSerializer.Serialize(progress, RunJson.Stored);
}
