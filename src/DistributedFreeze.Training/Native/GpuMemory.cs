using System.Collections.Immutable;
using TorchSharp;

namespace DistributedFreeze.Training.Native;

/// <summary>The memory of a GPU, asked of NVIDIA's driver; libtorch has no such question that TorchSharp could put. Thread-safe. Never run on a GPU yet.</summary>
internal static class GpuMemory
{
    private static readonly Lazy<ImmutableArray<long>> Totals = new(() => [.. GpuDescription.OfThisHost(torch.cuda.device_count()).Select(gpu => gpu.MemoryBytes)]);

    /// <summary>Bytes of a GPU.</summary>
    /// <param name="index">The GPU, as libtorch counts those that are visible.</param>
    /// <exception cref="LibTorchException">The driver does not say: another guess each time would give other bits each time.</exception>
    public static long TotalOf(int index) => Totals.Value.ElementAtOrDefault(index) is > 0 and var total
        ? total
        : throw new LibTorchException($"NVIDIA's driver ({GpuDriver.Library}) does not tell how much memory cuda:{index} has. nvidia-smi shows whether the driver works.");

    /// <summary>Bytes of a GPU that are free; 0 where the driver does not say.</summary>
    /// <param name="index">The GPU, as libtorch counts those that are visible.</param>
    public static long FreeOf(int index) => CudaDriver.TryLoad(GpuDriver.Library, out var driver) ? FreeOf(index, driver) : 0;

    internal static long FreeOf(int index, ICudaDriver driver) =>
        driver.Init() == 0 && driver.Device(index, out var device) == 0 && driver.FreeMemory(device, out var bytes) == 0 ? (long)Math.Min(bytes, long.MaxValue) : 0;
}
