using System.Globalization;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Planning;

/// <summary>Finds shards that hold too few images for the layers that train.</summary>
internal static class ShardWarnings
{
    /// <summary>Images from which batch statistics are good enough to train on.</summary>
    private const int EnoughForStatistics = 16;

    /// <param name="spec">The run.</param>
    /// <param name="phase">The phase, from 0.</param>
    /// <param name="plan">Its plan.</param>
    public static IEnumerable<string> Of(RunSpec spec, int phase, PhasePlan plan)
    {
        var images = spec.BatchSize / Math.Max(1, spec.Shards);
        if (spec.Phases[phase].BatchNorm == BatchNormMode.Train && plan.OpenBatchNorms > 0 && images < EnoughForStatistics)
        {
            yield return $"The open batch norms normalize with the statistics of one shard, {Count(images)} at a time, which are noisy and usually cost "
                + $"accuracy: `phases[{phase}].batch_norm: inference` keeps the running ones; else {Remedy(spec, EnoughForStatistics)} would do better.";
        }
    }

    /// <summary>Fewer shards for the same batch, as far as the replicas allow; a larger batch for the same shards.</summary>
    private static string Remedy(RunSpec spec, int images)
    {
        var least = Math.Max(spec.Replicas ?? 1, spec.MinReplicas);
        var fewer = Enumerable.Range(1, Math.Max(1, spec.Shards - 1)).Reverse()
            .FirstOrDefault(shards => shards >= least && spec.BatchSize % shards == 0 && spec.BatchSize / shards >= images);
        var larger = string.Create(CultureInfo.InvariantCulture, $"`batch_size: {images * spec.Shards}`");
        return fewer == 0 ? larger : string.Create(CultureInfo.InvariantCulture, $"`shards: {fewer}` or {larger}");
    }

    private static string Count(int images) => images == 1 ? "1 image" : string.Create(CultureInfo.InvariantCulture, $"{images} images");
}
