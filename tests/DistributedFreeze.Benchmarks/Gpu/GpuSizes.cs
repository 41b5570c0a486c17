using DistributedFreeze.Runs;

namespace DistributedFreeze.Benchmarks.Gpu;

/// <summary>What is computed: enough for a GPU, or little enough for one thread of a processor.</summary>
/// <param name="Device">The first GPU, or a slot of the processor, as replicas call it.</param>
/// <param name="Side">Height and width of images in pixels, as the network takes them.</param>
/// <param name="Shard">Images of a shard.</param>
/// <param name="Steps">Steps of a round.</param>
/// <param name="Blocks">Blocks of images of a round through a prefix.</param>
/// <param name="Block">Images of one evaluation of PyTorch's prefix; ours takes what a run takes.</param>
/// <param name="FileWidth">Width of the image files in pixels.</param>
/// <param name="FileHeight">Their height.</param>
/// <param name="Files">Image files of an epoch, a multiple of <see cref="Shards"/> shards.</param>
internal sealed record GpuSizes(string Device, int Side, int Shard, int Steps, int Blocks, int Block, int FileWidth, int FileHeight, int Files)
{
    /// <summary>Shards of an epoch's steps.</summary>
    public const int Shards = 4;

    public bool IsGpu => Device.StartsWith("cuda", StringComparison.Ordinal);

    /// <summary>Of a precision that the device has: TF32 is a GPU's, and bfloat16 is slower than float on most processors.</summary>
    public IReadOnlyList<RunPrecision> Precisions => IsGpu ? Enum.GetValues<RunPrecision>() : [RunPrecision.Fp32];

    /// <summary>An image file is as large as those of ImageNet are on the average, in proportion.</summary>
    public static GpuSizes Of(bool isGpu) => isGpu
        ? new("cuda:0", Side: 224, Shard: 64, Steps: 6, Blocks: 8, Block: 256, FileWidth: 500, FileHeight: 375, Files: 4096)
        : new("cpu:0", Side: 96, Shard: 8, Steps: 1, Blocks: 4, Block: 8, FileWidth: 214, FileHeight: 161, Files: 96);
}
