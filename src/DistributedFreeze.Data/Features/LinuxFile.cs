using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Data.Features;

/// <summary>What Linux can do with a file and .NET has no call for; the constants are those of Linux on 64 bits.</summary>
internal static partial class LinuxFile
{
    private const int SetLock = 37; // F_OFD_SETLK
    private const short Shared = 0;
    private const short Exclusive = 1;
    private const short None = 2;
    private const int PermissionDenied = 13;
    private const int TryAgain = 11;
    private const int Data = 3; // SEEK_DATA
    private const int NoSuchData = 6; // ENXIO

    /// <summary>Whether the system has them.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>Locks a single byte of a file, which need not be that long.</summary>
    /// <remarks>
    /// The kernel lets go of it when the handle is closed or its process dies. Unlike the locks of FileStream.Lock it belongs to
    /// the handle, not to the process: two handles in one process exclude each other, and closing a third one of the same file drops nothing.
    /// </remarks>
    /// <returns>False where another handle holds the byte otherwise.</returns>
    /// <exception cref="IOException">The file system has no such locks, or has run out of them.</exception>
    public static bool TryLock(SafeFileHandle file, long place, bool exclusive) => Set(file, place, exclusive ? Exclusive : Shared);

    public static void Unlock(SafeFileHandle file, long place) => Set(file, place, None);

    /// <summary>Looks for bytes behind a hole: a file of many terabytes takes a few commands to make, and days to read, where it is nothing but holes.</summary>
    /// <returns>The first place at or after another where something was written; long.MaxValue where nothing was. Where the system does not tell, the same place.</returns>
    public static long NextData(SafeFileHandle file, long offset)
    {
        if (!IsSupported)
        {
            return offset;
        }

        var found = Seek(file, offset, Data);
        return found >= 0 ? found : Marshal.GetLastPInvokeError() == NoSuchData ? long.MaxValue : offset;
    }

    private static bool Set(SafeFileHandle file, long place, short kind)
    {
        var range = new FileLock { Kind = kind, Start = place, Length = 1 };
        if (Fcntl(file, SetLock, ref range) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error is TryAgain or PermissionDenied
            ? false
            : throw new IOException($"The file system cannot lock: {new Win32Exception(error).Message}");
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(SafeFileHandle file, int command, ref FileLock range);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(SafeFileHandle file, long offset, int whence);

    [StructLayout(LayoutKind.Sequential)]
    private struct FileLock
    {
        public short Kind;
        public short Whence;
        public long Start;
        public long Length;
        public int Process;
    }
}
