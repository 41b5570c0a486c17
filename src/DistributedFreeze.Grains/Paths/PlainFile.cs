using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Grains.Paths;

/// <summary>Opens a file to be read, by a path without links: on Linux the system looks at every name of it as it opens, so that no link can take a folder's place in between.</summary>
/// <remarks>Thread-safe. Where the system has no such call (before Linux 5.6, other systems, some sandboxes), the file itself is looked at right before it is opened.</remarks>
internal static class PlainFile
{
    private const int NotPermitted = 1, NoSuchFile = 2, NoAccess = 13, NoFolder = 20, NoSuchCall = 38, IsLink = 40; // errno of Linux

    /// <param name="path">A full path.</param>
    /// <param name="mayHaveLinks">Whether links to folders in it are followed; the file itself is never one.</param>
    /// <returns>Null where there is no such file, or the path has a link, or leads to a pipe.</returns>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static SafeFileHandle? Open(string path, bool mayHaveLinks)
    {
        if (!mayHaveLinks && OperatingSystem.IsLinux())
        {
            var file = OpenWithoutLinks(path, out var error);
            switch (error)
            {
                case 0:
                    return Content(file!);
                case NoSuchFile or NoFolder or IsLink:
                    return null;
                case NoAccess:
                    throw new UnauthorizedAccessException($"Access to the path '{path}' is denied.");
                case NoSuchCall or NotPermitted:
                    break;
                default:
                    throw new IOException($"{path} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }

        try
        {
            return new FileInfo(path) is { Exists: true, LinkTarget: null } ? Content(File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete)) : null;
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null; // replaced or removed meanwhile
        }
    }

    private static SafeFileHandle? OpenWithoutLinks(string path, out int error)
    {
        const long OpenAt2 = 437; // the same on every architecture; glibc has no function for it
        const int WorkingFolder = -100; // AT_FDCWD
        const ulong CloseOnExec = 0x80000, DoNotWait = 0x800; // a pipe would be waited for
        const ulong NoMagicLinks = 2, NoLinks = 4; // RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS
        var how = new OpenHow { Flags = CloseOnExec | DoNotWait, Resolve = NoMagicLinks | NoLinks };
        var opened = SystemCall(OpenAt2, WorkingFolder, [.. Encoding.UTF8.GetBytes(path), 0], ref how, (nuint)Marshal.SizeOf<OpenHow>());
        error = opened >= 0 ? 0 : Marshal.GetLastPInvokeError();
        return opened >= 0 ? new((nint)opened, ownsHandle: true) : null;
    }

    /// <returns>Null where the handle is of a folder or a pipe.</returns>
    private static SafeFileHandle? Content(SafeFileHandle file)
    {
        try
        {
            _ = RandomAccess.GetLength(file);
            if (!File.GetAttributes(file).HasFlag(FileAttributes.Directory))
            {
                return file;
            }
        }
        catch (NotSupportedException)
        {
            // Nothing with a beginning and an end.
        }

        file.Dispose();
        return null;
    }

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern long SystemCall(long number, int folder, byte[] path, ref OpenHow how, nuint size);

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
