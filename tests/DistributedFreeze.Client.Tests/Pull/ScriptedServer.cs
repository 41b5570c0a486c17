using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DistributedFreeze.Client.Tests.Pull;

/// <summary>An HTTP server that answers one request for each connection, by a script, and closes it: also before it has said all.</summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Queue<byte[]> _answers = new();
    private readonly List<string> _requests = [];
    private readonly Task _serving;

    public ScriptedServer(params byte[][] answers)
    {
        foreach (var answer in answers)
        {
            _answers.Enqueue(answer);
        }

        _listener.Start();
        _serving = Task.Run(ServeAsync);
    }

    public string Address => $"http://{_listener.LocalEndpoint}";

    /// <summary>The heads of the requests so far; there is an answer to each.</summary>
    public IReadOnlyList<string> Requests => _requests;

    /// <param name="status">Such as <c>200 OK</c>.</param>
    /// <param name="body">What is sent of the body.</param>
    /// <param name="headers">Lines of the head, without one for the length.</param>
    /// <param name="length">What the head says of the body's length; null where it is true.</param>
    public static byte[] Answer(string status, ReadOnlySpan<byte> body, string[]? headers = null, int? length = null) =>
    [
        .. Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{string.Concat((headers ?? []).Select(header => $"{header}\r\n"))}Content-Length: {length ?? body.Length}\r\nConnection: close\r\n\r\n"),
        .. body,
    ];

    public void Dispose()
    {
        _listener.Dispose();
        _serving.GetAwaiter().GetResult();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var connection = await _listener.AcceptTcpClientAsync();
                await using var stream = connection.GetStream();
                var head = new StringBuilder();
                var one = new byte[1];
                while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) == 1)
                {
                    head.Append((char)one[0]);
                }

                _requests.Add(head.ToString());
                if (_answers.TryDequeue(out var answer))
                {
                    await stream.WriteAsync(answer);
                }
            }
        }
        catch (Exception over) when (over is SocketException or InvalidOperationException or IOException)
        {
            // The test is over; a listener that is disposed of, also before it accepts, throws one of the second kind.
        }
    }
}
