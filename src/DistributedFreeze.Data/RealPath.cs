using System.Runtime.InteropServices;

namespace DistributedFreeze.Data;

/// <summary>Paths without links, so that each folder has one.</summary>
internal static partial class RealPath
{
    /// <returns>The path with every link followed; the full path as it is where the system does not tell.</returns>
    public static string Of(string path)
    {
        var full = Path.GetFullPath(path);
        if (!OperatingSystem.IsLinux())
        {
            return full;
        }

        var found = Resolve(full, 0);
        if (found == 0)
        {
            return full;
        }

        try
        {
            return Marshal.PtrToStringUTF8(found)!;
        }
        finally
        {
            unsafe
            {
                NativeMemory.Free((void*)found);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "realpath", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Resolve(string path, nint target);
}
