using System.Net;
using System.Net.Sockets;

namespace DistributedFreeze.Exchange.Sockets;

public sealed class SocketLinkTests : IDisposable
{
    private const int Buffer = 64 * 1024;

    private readonly Socket _receiver;
    private readonly SocketLink _sender;

    public SocketLinkTests()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = Buffer };
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var near = new Socket(SocketType.Stream, ProtocolType.Tcp) { SendBufferSize = Buffer };
        near.Connect(listener.LocalEndPoint!);
        _sender = new(near);
        _receiver = listener.Accept();
        _receiver.ReceiveTimeout = 30_000;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Send_TakesWhatHasRoom_AndAllArrivesInOrder(bool moreFollow)
    {
        var sent = new byte[8 * 1024 * 1024];
        new Random(1).NextBytes(sent);

        var taken = 0;
        for (var count = -1; count != 0; taken += count)
        {
            count = _sender.Send(sent.AsSpan(taken), moreFollow);
        }

        Assert.InRange(taken, 1, sent.Length - 1);
        var arrived = new byte[taken];
        for (var got = 0; got < taken;)
        {
            got += _receiver.Receive(arrived.AsSpan(got));
        }

        Assert.True(arrived.AsSpan().SequenceEqual(sent.AsSpan(0, taken)));
    }

    [Fact]
    public void Send_WhereMoreFollows_IsKeptUntilItComes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has MSG_MORE.");
        var kept = false;
        var pair = new byte[2];

        // The kernel keeps it for 200 ms, which a busy machine may take to ask.
        for (var tries = 0; tries < 10 && !kept; tries++)
        {
            Assert.Equal(1, _sender.Send(pair.AsSpan(0, 1), moreFollow: true));
            kept = _receiver.Available == 0;
            Assert.Equal(1, _sender.Send(pair.AsSpan(1), moreFollow: false));
            for (var got = 0; got < pair.Length;)
            {
                got += _receiver.Receive(pair.AsSpan(got));
            }
        }

        Assert.True(kept);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Send_AfterTheOtherHostHasBrokenOff_SaysWhatHappened(bool moreFollow)
    {
        _receiver.LingerState = new(enable: true, seconds: 0);
        _receiver.Dispose();
        Assert.True(_sender.Socket.Poll(TimeSpan.FromSeconds(30), SelectMode.SelectRead));

        var broken = Assert.Throws<IOException>(() => _sender.Send(new byte[1], moreFollow));

        Assert.Equal("lost its connection (ConnectionReset)", broken.Message);
    }

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }
}
