using System.Numerics;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Training.Features.Engines;
using DistributedFreeze.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Features;

/// <summary>What stays on a device: gradients until all shards are added, losses until a window ends, and features as far as there is room.</summary>
/// <param name="OnProcessor">Also where the device is the processor, which gains nothing by it: what runs on GPUs can be looked at without one.</param>
/// <param name="Budget">Bytes that features may take on a device; null asks the device.</param>
/// <param name="Block">Images of one evaluation of a prefix; null goes by the device.</param>
/// <remarks>Immutable and thread-safe.</remarks>
internal sealed record DeviceResidency(bool OnProcessor, long? Budget, int? Block = null)
{
    /// <summary>Half of the memory that is free: the rest is for what a step may still ask for, since a workspace that cannot be had would change the bits.</summary>
    private const int Share = 2;

    /// <summary>
    /// About how many bytes a ResNet's prefix takes for each pixel of an image's area: six activations, or workspaces as large, of 64 channels at half the side or
    /// 256 at a quarter, in fp32.
    /// </summary>
    private const long BytesOfPixel = 6 * LargestActivation;

    /// <summary>Bytes of one of them for each pixel: a block's features go through host memory in one span, which holds less than 2 GiB.</summary>
    private const long LargestActivation = 64;

    /// <summary>A shard's images of a split may be few, and the last block is padded.</summary>
    private const int MostScored = 64;

    /// <summary>More threads would read from one disk, and be more than any GPU's prefix takes.</summary>
    private const int MostDecodeThreads = 32;

    /// <summary>Share of a GPU's memory that the evaluation of a prefix may take.</summary>
    private const int BlockShare = 4;

    /// <summary>That of runs.</summary>
    public static DeviceResidency OfGpus { get; } = new(OnProcessor: false, Budget: null);

    /// <summary>Whether what a step needs stays there.</summary>
    /// <param name="device">Where a replica computes.</param>
    public bool StaysOn(Device device) => OnProcessor || device.type != DeviceType.CPU;

    /// <summary>Images of one evaluation of a prefix: by the kind of device and its memory, never by what is free, since another block has other bits.</summary>
    /// <param name="device">Where a replica computes.</param>
    /// <param name="imageSize">Height and width of the network's input.</param>
    /// <exception cref="LibTorchException">The driver does not tell the GPU's memory.</exception>
    public int BlockOn(Device device, int imageSize) =>
        Block ?? (device.type == DeviceType.CPU || !OperatingSystem.IsLinux() ? PrefixEngines.BlockSize : BlockIn(GpuMemory.TotalOf(device.index), imageSize));

    /// <summary>Images of a tail that are scored at a time: on a GPU more than the processor's, which would leave it idle, and never more than a prefix's, so that padding is little.</summary>
    /// <param name="device">Where a replica computes.</param>
    /// <param name="imageSize">Height and width of the network's input.</param>
    /// <exception cref="LibTorchException">The driver does not tell the GPU's memory.</exception>
    public int ScoredOn(Device device, int imageSize) => device.type == DeviceType.CPU ? PrefixEngines.BlockSize : Math.Min(MostScored, BlockOn(device, imageSize));

    /// <summary>The largest power of two of images whose evaluation fits, from the processor's block to <see cref="FeatureShapes.LargestGpuBlock"/>.</summary>
    /// <param name="memory">Bytes of a GPU's memory.</param>
    /// <param name="imageSize">Height and width of the network's input.</param>
    internal static int BlockIn(long memory, int imageSize)
    {
        var area = (long)imageSize * imageSize;
        var images = Math.Min(memory / BlockShare / (BytesOfPixel * area), int.MaxValue / (LargestActivation * area));
        return (int)Math.Clamp(images < 1 ? 1 : 1L << BitOperations.Log2((ulong)images), PrefixEngines.BlockSize, FeatureShapes.LargestGpuBlock);
    }

    /// <summary>Threads that decode images for a replica: beside a processor that computes one is more than it needs, a GPU takes what as many as there are can read.</summary>
    /// <param name="device">Where the replica computes.</param>
    public static int DecodeThreadsFor(Device device) =>
        device.type == DeviceType.CPU ? 1 : Math.Clamp(Environment.ProcessorCount / Math.Max(1, cuda.device_count()), 1, MostDecodeThreads);

    /// <summary>That of runs that are lent what another one has loaded: many of them may be on one device, and none gives back what it took before it is over.</summary>
    public DeviceResidency ForLent => this with { Budget = 0 };

    /// <summary>Bytes that features may take, asked when a phase's first step is done: what its tail needs is taken by then.</summary>
    /// <param name="device">Where a replica computes.</param>
    public long BudgetOn(Device device) => Budget ?? (device.type == DeviceType.CPU ? long.MaxValue : GpuMemory.FreeOf(device.index) / Share);
}
