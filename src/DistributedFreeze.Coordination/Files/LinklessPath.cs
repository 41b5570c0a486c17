using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Coordination.Files;

/// <summary>Opens by a path in which the system itself follows no link: none can take a folder's place in between. Linux 5.6 or newer; thread-safe.</summary>
internal static class LinklessPath
{
    /// <summary>errno of Linux.</summary>
    public const int NotPermitted = 1, NoSuchFile = 2, NoAccess = 13, NoFolder = 20, NoSuchCall = 38, IsLink = 40;

    // fcntl.h of Linux, where they are the same on every architecture that .NET runs on but for O_DIRECTORY.
    private const ulong CloseOnExec = 0x80000, DoNotWait = 0x800, PlaceAlone = 0x200000;

    private static readonly ulong FolderAlone = RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x4000u : 0x10000u;

    /// <summary>Opens a file to be read; a pipe is not waited for.</summary>
    /// <inheritdoc cref="Open"/>
    public static SafeFileHandle? OpenFile(string path, out int error) => Open(path, CloseOnExec | DoNotWait, out error);

    /// <summary>Opens a folder, for calls that name what is in it.</summary>
    /// <inheritdoc cref="Open"/>
    public static SafeFileHandle? OpenFolder(string path, out int error) => Open(path, CloseOnExec | PlaceAlone | FolderAlone, out error);

    /// <param name="path">A full path.</param>
    /// <param name="flags">Of openat2.</param>
    /// <param name="error">0, or why it cannot be opened: <see cref="NoSuchCall"/> or <see cref="NotPermitted"/> where the system or a sandbox has no such call.</param>
    /// <returns>Null where it cannot be opened.</returns>
    private static SafeFileHandle? Open(string path, ulong flags, out int error)
    {
        if (!OperatingSystem.IsLinux())
        {
            error = NoSuchCall;
            return null;
        }

        const long OpenAt2 = 437; // the same on every architecture; glibc has no function for it
        const int WorkingFolder = -100; // AT_FDCWD
        const ulong NoMagicLinks = 2, NoLinks = 4; // RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS
        var how = new OpenHow { Flags = flags, Resolve = NoMagicLinks | NoLinks };
        var opened = SystemCall(OpenAt2, WorkingFolder, [.. Encoding.UTF8.GetBytes(path), 0], ref how, (nuint)Marshal.SizeOf<OpenHow>());
        error = opened >= 0 ? 0 : Marshal.GetLastPInvokeError();
        return opened >= 0 ? new((nint)opened, ownsHandle: true) : null;
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
