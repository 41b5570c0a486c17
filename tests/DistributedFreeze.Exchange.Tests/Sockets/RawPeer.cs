using System.Net.Sockets;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>A peer that proves itself like any other and then sends whatever bytes a test wants.</summary>
internal sealed class RawPeer : IDisposable
{
    private readonly TcpClient _client;

    /// <param name="port">The port to connect to.</param>
    public RawPeer(int port)
    {
        _client = new("127.0.0.1", port) { NoDelay = true };
        Stream = _client.GetStream();
    }

    public NetworkStream Stream { get; }

    /// <summary>Connects to a host of a plan as the one that the plan is for.</summary>
    public static RawPeer Join(ProcessGroup plan, int length, int host = 0)
    {
        var peer = new RawPeer(int.Parse(plan.Hosts[host].Address.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture));
        Handshake.Connect(peer.Stream, plan, length, host);
        return peer;
    }

    public void Send(FrameHeader header, params byte[] payload)
    {
        var check = header.Kind == FrameKind.AbortMessage ? 0 : FrameCheck.Size;
        var frame = new byte[FrameHeader.Size + payload.Length + check];
        header.Write(frame);
        payload.CopyTo(frame, FrameHeader.Size);
        if (check > 0)
        {
            FrameCheck.Write(frame.AsSpan(FrameHeader.Size + payload.Length), FrameCheck.Of(payload));
        }

        Stream.Write(frame);
    }

    /// <summary>Sends a frame of which a bit is changed on the way.</summary>
    public void SendDamaged(FrameHeader header, params byte[] payload)
    {
        var frame = new byte[FrameHeader.Size + payload.Length + FrameCheck.Size];
        header.Write(frame);
        payload.CopyTo(frame, FrameHeader.Size);
        FrameCheck.Write(frame.AsSpan(FrameHeader.Size + payload.Length), FrameCheck.Of(payload));
        frame[FrameHeader.Size + payload.Length / 2] ^= 0x10;
        Stream.Write(frame);
    }

    /// <summary>Sends the head of a step in which it brings one shard.</summary>
    public void SendHead(int shard, int length, int samples = 1)
    {
        var head = new StepHeader();
        head.Describe([new(new(shard, 1), new float[length])], samples, wantsStop: false);
        var payload = new byte[StepHeader.Size(1)];
        head.Write(payload);
        Send(new(FrameKind.Head, 0, 0, payload.Length), payload);
    }

    /// <summary>Ends sending, so that what was sent so far is all there is.</summary>
    public void End() => _client.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Reads until the other side closes.</summary>
    public void ReadToEnd()
    {
        try
        {
            Stream.CopyTo(System.IO.Stream.Null);
        }
        catch (IOException)
        {
            // A reset ends it as well.
        }
    }

    public void Dispose() => _client.Dispose();
}
