using System.Runtime.InteropServices;

namespace DistributedFreeze.Training.Native;

/// <summary>How glibc's malloc, by which libtorch takes host memory on Linux, deals with what is given back to it.</summary>
/// <remarks>
/// <para>
/// By default it hands larger blocks back to the system at once (a block of its own from 128 KiB to 32 MiB on, the end of a heap of twice as
/// much), and takes fresh pages for the next one, each of which the system has to clear and to map. A step of a tail gives back and takes
/// the gradient of every convolution and oneDNN's scratch memory for every shard: up to a third of its time went there. So they are kept from
/// step to step, and given back where a run ends.
/// </para>
/// <para>
/// Where the variables say something about it (<c>MALLOC_TRIM_THRESHOLD_</c> and its like, <c>GLIBC_TUNABLES</c>), nothing is changed; how large its pages
/// are (<c>glibc.malloc.hugetlb</c>) is another matter.
/// Other allocators and other systems are left alone. Thread-safe.
/// </para>
/// </remarks>
internal static partial class NativeHeap
{
    // malloc.h of glibc.
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MmapThreshold = -3;

    private const int KeptAtAnEnd = int.MaxValue;
    private const int TakenAhead = 16 << 20;
    private const int OwnBlock = 1 << 30;

    /// <summary>glibc's own, which it is told for a moment.</summary>
    private const int TrimThresholdOfGlibc = 128 << 10;

    /// <summary>From 64 KiB on, a block that is freed has glibc look whether its heap has too much at its end.</summary>
    private const int LooksAtItsHeap = 128 << 10;

    private static volatile bool _isKept;

    /// <summary>glibc before 2.35 takes no more than half a heap of a thread.</summary>
    private const int OwnBlockOfOld = 32 << 20;

    /// <summary>Has memory that is given back kept for the next block.</summary>
    /// <param name="variable">A variable of the environment by its name.</param>
    /// <returns>Whether this is glibc, and was told so.</returns>
    public static bool KeepFreed(Func<string, string?> variable)
    {
        if (!OperatingSystem.IsLinux() || IsChosen(variable))
        {
            return false;
        }

        try
        {
            _ = Tell(MmapThreshold, OwnBlock) != 0 || Tell(MmapThreshold, OwnBlockOfOld) != 0;
            return _isKept = Tell(TrimThreshold, KeptAtAnEnd) != 0 & Tell(TopPad, TakenAhead) != 0;
        }
        catch (Exception absent) when (absent is DllNotFoundException or EntryPointNotFoundException)
        {
            return false; // musl has none
        }
    }

    /// <summary>Gives back what nobody uses now, in all heaps, and the end of this thread's; it takes some milliseconds.</summary>
    public static void GiveBack()
    {
        if (!_isKept)
        {
            return;
        }

        // glibc trims the end of a thread's heap only when that thread frees something.
        _ = Tell(TrimThreshold, TrimThresholdOfGlibc) + Tell(TopPad, 0);
        Marshal.FreeHGlobal(Marshal.AllocHGlobal(LooksAtItsHeap));
        _ = Tell(TrimThreshold, KeptAtAnEnd) + Tell(TopPad, TakenAhead);
        _ = Trim(0);
    }

    private static bool IsChosen(Func<string, string?> variable) =>
        variable("GLIBC_TUNABLES")?.Split(':').Any(tunable => tunable.StartsWith("glibc.malloc.", StringComparison.Ordinal) && !tunable.StartsWith("glibc.malloc.hugetlb=", StringComparison.Ordinal)) == true
        || ((string[])["MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TOP_PAD_"]).Any(name => variable(name) is { Length: > 0 });

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int Tell(int parameter, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);
}
