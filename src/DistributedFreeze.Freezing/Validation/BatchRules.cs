using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>How batch, shards, replicas, threads and the exchange fit together, and how images count.</summary>
internal static class BatchRules
{
    private const int MaxBatch = 65_536;
    private const int MaxShards = 1024;
    private const int MaxFactor = 1_000_000;

    public static void Check(RunSpec spec, ProblemList problems)
    {
        var batchFits = problems.Whole("batch_size", spec.BatchSize, 1, MaxBatch);
        var shardsFit = problems.Whole("shards", spec.Shards, 1, MaxShards);
        if (batchFits && shardsFit && spec.BatchSize % spec.Shards != 0)
        {
            problems.Add(
                "batch_size",
                $"is {spec.BatchSize}, but must be a multiple of `shards`, which is {spec.Shards}: {Nearest(spec)} would do");
        }

        problems.Whole("threads_per_replica", spec.ThreadsPerReplica, 1, 256);
        if (spec.Replicas is { } replicas)
        {
            CheckReplicas(replicas, shardsFit ? spec.Shards : MaxShards, batchFits ? spec.BatchSize : MaxShards, problems);
        }

        CheckMinReplicas(spec, shardsFit ? spec.Shards : MaxShards, problems);
        problems.Defined("device", spec.Device);
        problems.Defined("exchange", spec.Exchange);
        problems.Defined("class_weights", spec.ClassWeights);
        if (problems.Numbers("class_weights", spec.ClassFactors, Interval.Above(0, MaxFactor)) && spec.ClassWeights != ClassWeighting.None && !spec.ClassFactors.IsEmpty)
        {
            problems.Add("class_weights", "balances the classes and names factors of some, but must do one of both");
        }

        problems.Defined("sampling", spec.Sampling);
        if (spec is { Sampling: ImageSampling.Balanced, ClassWeights: ClassWeighting.Balanced })
        {
            problems.Add("sampling", "balances the classes, and so does `class_weights`, which together would let small classes count twice over; keep one of them");
        }

        problems.Real("label_smoothing", spec.LabelSmoothing, Interval.Below(0, 1));
        if (AugmentationRules.CheckShares("mixup", spec.Mixup, problems) && spec.Mixup > 0 && spec.Data?.Augmentation is { } augmentation && (augmentation.Mixup > 0 || augmentation.Cutmix > 0))
        {
            problems.Add("mixup", $"mixes images at the boundary, and `{(augmentation.Mixup > 0 ? "data.augment.mixup" : "data.augment.cutmix")}` has mixed their pixels by then; keep one of them");
        }
    }

    private static void CheckReplicas(int replicas, int shards, int batch, ProblemList problems)
    {
        problems.Note("replicas", 1, shards);
        if (replicas < 1 || replicas > shards)
        {
            problems.Add(
                "replicas",
                $"is {replicas}, but must be a whole number from 1 to {shards}, since every replica needs a shard of its own{Enough(replicas, batch)}");
        }
    }

    /// <summary>The fewest shards that this batch can be cut into and that so many replicas find enough.</summary>
    private static string Enough(int replicas, int batch) =>
        Enumerable.Range(1, MaxShards).FirstOrDefault(shards => shards >= replicas && batch % shards == 0) is > 0 and var enough && replicas >= 1
            ? $"; `shards: {enough}` would be enough"
            : "";

    private static void CheckMinReplicas(RunSpec spec, int shards, ProblemList problems)
    {
        if (problems.Whole("min_replicas", spec.MinReplicas, 1, shards) && spec.Replicas is { } replicas && replicas >= 1 && spec.MinReplicas > replicas)
        {
            problems.Add("min_replicas", $"is {spec.MinReplicas}, but must be at most `replicas`, which is {replicas}");
        }
    }

    private static string Nearest(RunSpec spec)
    {
        var below = spec.BatchSize / spec.Shards * spec.Shards;
        var above = below + spec.Shards;
        return (below, above) switch
        {
            (0, _) => $"{above}",
            (_, > MaxBatch) => $"{below}",
            _ => $"{below} or {above}",
        };
    }
}
