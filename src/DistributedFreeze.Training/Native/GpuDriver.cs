using System.Runtime.InteropServices;

namespace DistributedFreeze.Training.Native;

/// <summary>NVIDIA's driver, without which libtorch finds no GPU.</summary>
internal static class GpuDriver
{
    /// <summary>The driver's library, as every NVIDIA driver for Linux calls it.</summary>
    public const string Library = "libcuda.so.1";

    private static readonly Lazy<bool> Found = new(() => !OperatingSystem.IsLinux() || NativeLibrary.TryLoad(Library, out _));

    /// <summary>False where this host has no driver, so that libtorch need not be asked for GPUs. Other systems than Linux are not looked at.</summary>
    public static bool MayBePresent => Found.Value;
}
