using System.Net.Sockets;
using System.Text;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>Tells systemd how far a service of <c>Type=notify</c> is, as sd_notify(3) does.</summary>
internal static class Systemd
{
    public const string Ready = "READY=1";
    public const string Stopping = "STOPPING=1";

    /// <summary>Names the socket on which systemd listens.</summary>
    private const string Variable = "NOTIFY_SOCKET";

    /// <summary>Says it; nothing where nobody listens.</summary>
    /// <param name="state">Such as <see cref="Ready"/>.</param>
    public static void Notify(string state)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 1 } path)
        {
            return;
        }

        try
        {
            // One that begins with @ is no file: its name begins with a zero.
            var listener = new UnixDomainSocketEndPoint(path[0] == '@' ? $"\0{path[1..]}" : path);
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.SendTo(Encoding.UTF8.GetBytes(state), listener);
        }
        catch (Exception nobody) when (nobody is SocketException or ArgumentException)
        {
            // systemd will say itself that it heard nothing, and a silo that trains is worth more than one that was announced.
        }
    }
}
