using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Data.Features;

/// <summary>Where a file has bytes: one of many terabytes takes a few commands to make, and days to read, where it is nothing but holes.</summary>
internal static partial class FileHoles
{
    /// <returns>The first place at or after another where something was written; long.MaxValue where nothing was. Where the system does not tell, the same place.</returns>
    public static long NextData(SafeFileHandle file, long offset)
    {
        const int Data = 3, NoSuchData = 6; // SEEK_DATA, ENXIO
        if (!OperatingSystem.IsLinux())
        {
            return offset;
        }

        var found = Seek(file, offset, Data);
        return found >= 0 ? found : Marshal.GetLastPInvokeError() == NoSuchData ? long.MaxValue : offset;
    }

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(SafeFileHandle file, long offset, int whence);
}
