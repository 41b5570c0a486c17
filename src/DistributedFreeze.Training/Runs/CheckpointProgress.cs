using System.Text.Json;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Checkpoints;

namespace DistributedFreeze.Training.Runs;

/// <summary>Where a run stood when its checkpoint was written.</summary>
internal static class CheckpointProgress
{
    /// <param name="path">The checkpoint.</param>
    /// <param name="specKey">Identifies what the run's spec computes.</param>
    /// <exception cref="InvalidInputException">The checkpoint is damaged or belongs to another spec.</exception>
    public static RunProgress Read(string path, string specKey)
    {
        var stamp = CheckpointFile.ReadStamp(path);
        stamp.CheckSpec(specKey, path);
        try
        {
            return JsonSerializer.Deserialize<RunProgress>(stamp.Progress, RunJson.Compact)
                ?? throw new InvalidInputException(path, "says nothing of where the run stood");
        }
        catch (JsonException e)
        {
            throw new InvalidInputException(path, $"is damaged: {e.Message}");
        }
    }
}
