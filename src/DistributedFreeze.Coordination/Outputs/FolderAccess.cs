using System.Runtime.InteropServices;

namespace DistributedFreeze.Coordination.Outputs;

/// <summary>Whether this process may write into a folder, asked of the system and not tried out: nothing is left behind.</summary>
internal static partial class FolderAccess
{
    /// <summary>Why files cannot be made in a folder.</summary>
    /// <param name="folder">A folder that is there.</param>
    /// <returns>In the system's words; null where they can be, and on Windows, which is not asked.</returns>
    public static string? WhyNotWritable(string folder)
    {
        const int Write = 2, Enter = 1;
        return (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS()) && Access(folder, Write | Enter) != 0
            ? Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())
            : null;
    }

    /// <summary>access(2): a read-only file system is told apart from a folder of somebody else's.</summary>
    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);
}
