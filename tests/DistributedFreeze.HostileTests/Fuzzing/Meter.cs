using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace DistributedFreeze.Hostile.Fuzzing;

/// <summary>What one input cost.</summary>
/// <param name="Time">Of a processor, on the thread that read.</param>
/// <param name="Bytes">Allocated by that thread or, where that is more, by which the process grew.</param>
internal readonly record struct Cost(TimeSpan Time, long Bytes);

/// <summary>Measures what reading one input costs.</summary>
/// <remarks>
/// Time is a processor's, not the clock's: a machine that is busy with other tests makes no input slow. Allocations are all that the thread ever asked
/// for, which is never less than what it held at once. Native memory is seen as the growth of the process's peak above its size before; other threads
/// add to that, so whoever judges tries again.
/// </remarks>
internal static class Meter
{
    private const string ResetPeak = "5"; // proc(5), /proc/pid/clear_refs

    /// <param name="read">Runs on the calling thread.</param>
    /// <param name="withNative">Whether native memory is looked at, which is done on Linux.</param>
    public static Cost Of(Action read, bool withNative)
    {
        withNative &= OperatingSystem.IsLinux();
        var size = withNative ? Size("VmRSS:") : 0;
        if (withNative)
        {
            File.WriteAllText("/proc/self/clear_refs", ResetPeak);
        }

        var (bytes, time) = (GC.GetAllocatedBytesForCurrentThread(), ThreadTime());
        read();
        (bytes, time) = (GC.GetAllocatedBytesForCurrentThread() - bytes, ThreadTime() - time);
        return new(time, withNative ? Math.Max(bytes, Size("VmHWM:") - size) : bytes);
    }

    private static long Size(string name)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return 1024 * long.Parse(line.AsSpan(name.Length, line.Length - name.Length - " kB".Length), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
    }

    private static TimeSpan ThreadTime()
    {
        const int ClockThreadCpuTime = 3; // CLOCK_THREAD_CPUTIME_ID of Linux
        return OperatingSystem.IsLinux() && ClockGetTime(ClockThreadCpuTime, out var time) == 0
            ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1000)
            : Stopwatch.GetElapsedTime(0);
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ClockGetTime(int clock, out UnixTime time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct UnixTime
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
