namespace DistributedFreeze.Benchmarks.Gpu;

/// <summary>What is computed: enough for a GPU, or little enough for one thread of a processor.</summary>
/// <param name="IsGpu">Whether it is on a GPU.</param>
/// <param name="Side">Height and width of images in pixels.</param>
/// <param name="Shard">Images of a shard.</param>
/// <param name="Steps">Steps of a round.</param>
internal sealed record GpuSizes(bool IsGpu, int Side, int Shard, int Steps)
{
    public static GpuSizes Of(bool isGpu) => isGpu ? new(true, 224, 64, 12) : new(false, 96, 8, 1);
}
