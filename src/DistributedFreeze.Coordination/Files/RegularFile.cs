using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Coordination.Files;

/// <summary>Opens files to be read, and no pipe: whoever opens one by .NET's own means waits for a writer, without end and deaf to signals. Thread-safe.</summary>
internal static class RegularFile
{
    // fcntl.h, of Linux (the same on every architecture that .NET runs on) and of macOS.
    private static readonly int Flags = OperatingSystem.IsLinux() ? 0x800 | 0x80000 : 0x4 | 0x1000000; // O_NONBLOCK | O_CLOEXEC

    /// <summary>Opens a file; links are followed.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be opened, or is a pipe, or something else without a beginning and an end.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static SafeFileHandle Open(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return File.OpenHandle(path);
        }

        var opened = OpenFile([.. Encoding.UTF8.GetBytes(path), 0], Flags);
        if (opened < 0)
        {
            return File.OpenHandle(path); // which says why
        }

        var file = new SafeFileHandle(opened, ownsHandle: true);
        try
        {
            _ = RandomAccess.GetLength(file);
            return File.GetAttributes(file).HasFlag(FileAttributes.Directory) ? throw new UnauthorizedAccessException($"Access to the path '{path}' is denied.") : file;
        }
        catch (NotSupportedException)
        {
            file.Dispose();
            throw new IOException($"{path} is a pipe or a device, no file with a beginning and an end");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenFile(byte[] path, int flags);
}
