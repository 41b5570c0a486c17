using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Runs;

/// <summary>Whether a spec and the data set that it names go together.</summary>
internal static class DataFit
{
    /// <exception cref="InvalidInputException">They don't.</exception>
    public static void Check(RunDefinition run)
    {
        var found = run.Data.Classes.Length;
        if (run.Spec.Model.Classes is { } classes && classes != found)
        {
            throw new InvalidInputException("model.classes", $"must be the number of class folders in the data ({found}), got {classes}");
        }

        if (run.Data.Train.Length < run.Spec.Shards)
        {
            throw new InvalidInputException(
                "shards", $"must be at most the number of training images ({run.Data.Train.Length}), got {run.Spec.Shards}");
        }

        CheckBatchNorms(run);
        CheckPatience(run);
        CheckPlateau(run);
    }

    /// <summary>Whether an epoch is better than another is found out on validation images.</summary>
    private static void CheckPatience(RunDefinition run)
    {
        var waiting = run.Spec.Phases.Select((phase, index) => (phase, index)).FirstOrDefault(one => one.phase.Patience is not null);
        if (run.Data.Validation.IsEmpty && waiting.phase is { } phase)
        {
            throw new InvalidInputException(
                $"phases[{waiting.index}].patience",
                $"needs validation images to tell whether an epoch was better, and the data has none; got {phase.Patience}: leave it out, {WaysToValidate(run.Data)}");
        }
    }

    /// <summary>So is whether the rate is to be lowered.</summary>
    private static void CheckPlateau(RunDefinition run)
    {
        var index = run.Spec.Phases.IndexOf(run.Spec.Phases.FirstOrDefault(phase => phase.Schedule.Kind == ScheduleKind.Plateau)!);
        if (run.Data.Validation.IsEmpty && index >= 0)
        {
            throw new InvalidInputException(
                $"phases[{index}].schedule.kind",
                $"is plateau, which needs validation images to tell whether an epoch was better, and the data has none: take another schedule, {WaysToValidate(run.Data)}");
        }
    }

    private static string WaysToValidate(DataSet data) => data.SplitField switch
    {
        null => "set `data.validation_share` above 0, or add a val folder",
        "data.folds" => "or raise `data.validation_share`",
        _ => "or raise the second percentage of `data.split`",
    };

    /// <summary>A batch norm that normalizes with its shard's statistics needs two values per channel, or there is no variance to speak of.</summary>
    private static void CheckBatchNorms(RunDefinition run)
    {
        var shapes = run.Table.ShapesAt(run.Spec.Data.ImageSize);
        var smallest = run.Schedule.SmallestNonEmptyShardBatch;
        for (var phase = 0; phase < run.Masks.Length; phase++)
        {
            var starved = run.Table.Layers.FirstOrDefault(layer =>
                run.Spec.Phases[phase].BatchNorm == BatchNormMode.Train
                && layer.Kind == LayerKind.BatchNormalization
                && run.Masks[phase].Trainable[layer.Index]
                && smallest * shapes[layer.Index].Height * shapes[layer.Index].Width < 2);
            if (starved is not null)
            {
                throw new InvalidInputException(
                    "data.image_size",
                    $"must be at least 33 for phase {phase + 1} to train {starved.Name}: at {run.Spec.Data.ImageSize} it has one value "
                    + $"per channel in a shard of {smallest} image, and no variance can be taken of one value; `phases[{phase}].batch_norm: inference`, "
                    + "larger images, other `shards` or another `batch_size` would do");
            }
        }
    }
}
