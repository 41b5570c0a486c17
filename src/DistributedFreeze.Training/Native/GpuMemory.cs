using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace DistributedFreeze.Training.Native;

/// <summary>The memory of a GPU, asked of NVIDIA's driver; libtorch has no such question that TorchSharp could put.</summary>
/// <remarks>
/// What is free the driver answers for the context that is current on the calling thread, and libtorch leaves the first GPU's there whichever one it computes on. So the
/// GPU's own context, which libtorch has made, is made current for the question. Thread-safe. Never run on a GPU yet.
/// </remarks>
internal static partial class GpuMemory
{
    private static readonly Lazy<ImmutableArray<long>> Totals = new(() => [.. GpuDescription.OfThisHost().Select(gpu => gpu.MemoryBytes)]);

    /// <summary>Bytes of a GPU.</summary>
    /// <param name="index">The GPU, as libtorch counts those that are visible.</param>
    /// <exception cref="LibTorchException">The driver does not say: another guess each time would give other bits each time.</exception>
    public static long TotalOf(int index) => Totals.Value.ElementAtOrDefault(index) is > 0 and var total
        ? total
        : throw new LibTorchException($"NVIDIA's driver ({GpuDriver.Library}) does not tell how much memory cuda:{index} has. nvidia-smi shows whether the driver works.");

    /// <summary>Bytes of a GPU that are free; 0 where the driver does not say.</summary>
    /// <param name="index">The GPU, as libtorch counts those that are visible.</param>
    public static long FreeOf(int index)
    {
        try
        {
            return Initialize(0) == 0 && GetDevice(out var device, index) == 0 && Retain(out var context, device) == 0 ? Ask(device, context) : 0;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return 0;
        }
    }

    private static long Ask(int device, nint context)
    {
        long answer = 0;
        if (Push(context) == 0)
        {
            answer = GetMemoryInfo(out var free, out _) == 0 ? (long)free : 0;
            _ = Pop(out _);
        }

        _ = Release(device);
        return answer;
    }

    [LibraryImport(GpuDriver.Library, EntryPoint = "cuInit")]
    private static partial int Initialize(uint flags);

    [LibraryImport(GpuDriver.Library, EntryPoint = "cuDeviceGet")]
    private static partial int GetDevice(out int device, int ordinal);

    [LibraryImport(GpuDriver.Library, EntryPoint = "cuDevicePrimaryCtxRetain")]
    private static partial int Retain(out nint context, int device);

    [LibraryImport(GpuDriver.Library, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    private static partial int Release(int device);

    [LibraryImport(GpuDriver.Library, EntryPoint = "cuCtxPushCurrent_v2")]
    private static partial int Push(nint context);

    [LibraryImport(GpuDriver.Library, EntryPoint = "cuCtxPopCurrent_v2")]
    private static partial int Pop(out nint context);

    [LibraryImport(GpuDriver.Library, EntryPoint = "cuMemGetInfo_v2")]
    private static partial int GetMemoryInfo(out nuint free, out nuint total);
}
