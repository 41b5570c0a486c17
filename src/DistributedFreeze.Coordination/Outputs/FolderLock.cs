using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Coordination.Outputs;

/// <summary>A process's hold on a folder, which the system lets go of when the process dies, however it does: nothing is left behind.</summary>
/// <remarks>
/// It is flock(2) on the folder itself. Some network file systems have no such locks, and other systems than Linux are not asked: there it
/// keeps nobody out, and <see cref="OutputFolder.FindOwner"/> alone tells whose the folder is.
/// </remarks>
internal sealed partial class FolderLock : IDisposable
{
    private readonly SafeFileHandle? _folder;

    private FolderLock(SafeFileHandle? folder) => _folder = folder;

    /// <summary>Whether it really keeps others out.</summary>
    public bool IsHeld => _folder is not null;

    /// <summary>Takes hold of a folder.</summary>
    /// <returns>Null where another process, or another run of this one, has hold of it.</returns>
    public static FolderLock? TryTake(string folder)
    {
        const int ReadOnly = 0, CloseOnExec = 0x80000, Exclusive = 2, AtOnce = 4, WouldBlock = 11;
        if (!OperatingSystem.IsLinux() || Open(folder, ReadOnly | CloseOnExec) is not (>= 0 and var descriptor))
        {
            return new(null);
        }

        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Flock(descriptor, Exclusive | AtOnce) == 0)
        {
            return new(handle);
        }

        var isBusy = Marshal.GetLastPInvokeError() == WouldBlock;
        handle.Dispose();
        return isBusy ? null : new(null);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder?.Dispose();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(int descriptor, int operation);
}
