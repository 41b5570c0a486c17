using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>
/// Sends with <c>MSG_MORE</c> of send(2), which .NET has no flag for: the kernel keeps a last packet that is not full until more comes, or for 200 ms.
/// So the head of a frame travels with its numbers, and not as a packet that is acknowledged by itself.
/// </summary>
internal static partial class MoreToCome
{
    // Numbers of Linux, the same on all its architectures (include/linux/socket.h).
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int More = 0x8000;

    /// <summary>Sends what there is room for, without waiting.</summary>
    /// <param name="socket">A connected TCP socket.</param>
    /// <param name="bytes">What to send.</param>
    /// <param name="taken">Bytes taken.</param>
    /// <returns>False where nothing was: there was no room, the connection failed, or the system is another one. An ordinary send tells which.</returns>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public static bool TrySend(Socket socket, ReadOnlySpan<byte> bytes, out int taken)
    {
        taken = OperatingSystem.IsLinux() ? (int)Send(socket.SafeHandle, bytes, bytes.Length, DontWait | NoSignal | More) : 0;
        return taken > 0;
    }

    [LibraryImport("libc", EntryPoint = "send")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Send(SafeSocketHandle socket, ReadOnlySpan<byte> bytes, nint length, int flags);
}
