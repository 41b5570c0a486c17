using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace DistributedFreeze.Training.Native;

/// <summary>The memory of a GPU, asked of NVIDIA's driver; libtorch has no such question that TorchSharp could put.</summary>
/// <remarks>
/// The driver answers for the context that is current on the calling thread, and libtorch leaves the first GPU's there whichever one it computes on. So the
/// GPU's own context, which libtorch has made, is made current for the question. Thread-safe. Never run on a GPU yet.
/// </remarks>
internal static partial class GpuMemory
{
    private const string Library = "libcuda.so.1";

    private static readonly ConcurrentDictionary<int, long> Totals = new();

    /// <summary>Bytes of a GPU.</summary>
    /// <param name="index">The GPU, as libtorch counts those that are visible.</param>
    /// <exception cref="LibTorchException">The driver does not say: another guess each time would give other bits each time.</exception>
    public static long TotalOf(int index) => Totals.GetOrAdd(index, static index => Of(index) is { Total: > 0 and var total }
        ? total
        : throw new LibTorchException($"NVIDIA's driver ({Library}) does not tell how much memory cuda:{index} has. nvidia-smi shows whether the driver works."));

    /// <summary>Bytes of a GPU that are free; 0 where the driver does not say.</summary>
    /// <param name="index">The GPU, as libtorch counts those that are visible.</param>
    public static long FreeOf(int index) => Of(index).Free;

    private static (long Free, long Total) Of(int index)
    {
        try
        {
            return Initialize(0) == 0 && GetDevice(out var device, index) == 0 && Retain(out var context, device) == 0 ? Ask(device, context) : (0, 0);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return (0, 0);
        }
    }

    private static (long Free, long Total) Ask(int device, nint context)
    {
        var answer = (0L, 0L);
        if (Push(context) == 0)
        {
            answer = GetMemoryInfo(out var free, out var total) == 0 ? ((long)free, (long)total) : answer;
            _ = Pop(out _);
        }

        _ = Release(device);
        return answer;
    }

    [LibraryImport(Library, EntryPoint = "cuInit")]
    private static partial int Initialize(uint flags);

    [LibraryImport(Library, EntryPoint = "cuDeviceGet")]
    private static partial int GetDevice(out int device, int ordinal);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRetain")]
    private static partial int Retain(out nint context, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    private static partial int Release(int device);

    [LibraryImport(Library, EntryPoint = "cuCtxPushCurrent_v2")]
    private static partial int Push(nint context);

    [LibraryImport(Library, EntryPoint = "cuCtxPopCurrent_v2")]
    private static partial int Pop(out nint context);

    [LibraryImport(Library, EntryPoint = "cuMemGetInfo_v2")]
    private static partial int GetMemoryInfo(out nuint free, out nuint total);
}
