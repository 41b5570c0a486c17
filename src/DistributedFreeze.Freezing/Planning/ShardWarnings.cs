using System.Globalization;
using DistributedFreeze.Devices;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Planning;

/// <summary>Finds shards that hold too few images for the layers that train: for their statistics, or for their speed.</summary>
internal static class ShardWarnings
{
    /// <summary>Images from which batch statistics are good enough to train on.</summary>
    private const int EnoughForStatistics = 16;

    /// <summary>Images from which convolutions are fast enough: what the defaults of batch and shards come to.</summary>
    private const int EnoughForSpeed = 8;

    /// <summary>
    /// Images from which a GPU is busy: of a conv5 tail on an H200 a step of 64 took 12.4 ms in fp32 and 4.5 in TF32 as one shard, and 17.1 and 17.7 as four of 16.
    /// </summary>
    private const int EnoughForGpu = 64;

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

        if (PrecisionNeeds.DeviceOf(spec) == DeviceChoice.Cuda && images < EnoughForGpu && plan.TailConvolutions > 0)
        {
            yield return $"Shards of {Count(images)} leave a GPU idle while their kernels are launched, which takes about 4 ms for a shard of conv5 on an H200, whatever its size: "
                + $"{Remedy(spec, ForGpu(spec, images))} would be faster.";
        }
        else if (images < EnoughForSpeed && plan.TailConvolutions > 0)
        {
            yield return $"Shards of {Count(images)} train convolutions slowly: at about {Share(ShardSpeeds.Ratio(images, EnoughForSpeed))} of the speed of shards "
                + $"of {EnoughForSpeed} (measured for conv5 on two cores of a processor, docs/performance.md): {Remedy(spec, EnoughForSpeed)} would be faster.";
        }
    }

    /// <summary>As many images as a GPU is busy with, or as the batch has in the fewest shards.</summary>
    private static int ForGpu(RunSpec spec, int images)
    {
        var most = spec.BatchSize / Math.Max(spec.Replicas ?? 1, spec.MinReplicas);
        return images >= most ? EnoughForGpu : Math.Min(EnoughForGpu, most);
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

    private static string Share(double value) => value.ToString("0.0#", CultureInfo.InvariantCulture);

    private static string Count(int images) => images == 1 ? "1 image" : string.Create(CultureInfo.InvariantCulture, $"{images} images");
}
