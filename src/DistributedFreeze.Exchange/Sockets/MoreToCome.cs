using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>
/// Sends with <c>MSG_MORE</c> of send(2), which .NET has no flag for: the kernel keeps a last packet that is not full until more comes, or for 200 ms.
/// So the head of a frame travels with its numbers, and not as a packet that is acknowledged by itself.
/// </summary>
internal static partial class MoreToCome
{
    // Flags and errors of Linux, the same on x64 and ARM (include/linux/socket.h, include/uapi/asm-generic/errno.h).
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int More = 0x8000;
    private const int Interrupted = 4;
    private const int TryAgain = 11;
    private const int BrokenPipe = 32;
    private const int NetworkUnreachable = 101;
    private const int ConnectionReset = 104;
    private const int TimedOut = 110;
    private const int HostUnreachable = 113;

    /// <summary>Whether this system knows the flag.</summary>
    public static bool IsKnown { get; } = OperatingSystem.IsLinux();

    /// <summary>Sends what there is room for, without waiting.</summary>
    /// <param name="socket">A connected TCP socket.</param>
    /// <param name="bytes">What to send.</param>
    /// <param name="error">What went wrong: <see cref="SocketError.WouldBlock"/> where there was no room.</param>
    /// <returns>Bytes taken; 0 where something went wrong.</returns>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public static int Send(Socket socket, ReadOnlySpan<byte> bytes, out SocketError error)
    {
        var taken = Send(socket.SafeHandle, bytes, bytes.Length, DontWait | NoSignal | More);
        error = taken >= 0 ? SocketError.Success : Marshal.GetLastPInvokeError() switch
        {
            // Whoever was interrupted has taken nothing, and asks again.
            TryAgain or Interrupted => SocketError.WouldBlock,
            ConnectionReset => SocketError.ConnectionReset,
            BrokenPipe => SocketError.Shutdown,
            TimedOut => SocketError.TimedOut,
            NetworkUnreachable => SocketError.NetworkUnreachable,
            HostUnreachable => SocketError.HostUnreachable,
            _ => SocketError.SocketError,
        };
        return (int)Math.Max(0, taken);
    }

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Send(SafeSocketHandle socket, ReadOnlySpan<byte> bytes, nint length, int flags);
}
