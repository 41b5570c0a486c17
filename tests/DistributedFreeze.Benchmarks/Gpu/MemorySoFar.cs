using System.Globalization;
using DistributedFreeze.Training.Native;

namespace DistributedFreeze.Benchmarks.Gpu;

/// <summary>
/// The most memory that this process has had so far. libtorch gives nothing of a GPU's back before its process ends, so what the driver has left tells it: since this
/// was made, so without the libraries' own. On the processor it is the resident memory at its peak, libraries and all.
/// </summary>
/// <remarks>Works are measured in the order of what they need, each precision in a process of its own, so that the most so far is mostly the work's own.</remarks>
internal sealed class MemorySoFar(GpuSizes sizes)
{
    private const string Peak = "VmHWM:";

    private readonly long _free = sizes.IsGpu ? GpuMemory.FreeOf(0) : 0;

    /// <summary>In bytes.</summary>
    public long Bytes => sizes.IsGpu
        ? _free - GpuMemory.FreeOf(0)
        : 1024 * File.ReadLines("/proc/self/status").Where(line => line.StartsWith(Peak, StringComparison.Ordinal))
            .Select(line => long.Parse(line[Peak.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture)).First();
}
