using System.Net;
using System.Net.Sockets;

namespace DistributedFreeze.Exchange.Sockets;

public sealed class SocketLinkTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Send_TakesWhatHasRoom_AndAllArrivesInOrder(bool moreFollow)
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var near = new Socket(SocketType.Stream, ProtocolType.Tcp) { SendBufferSize = 64 * 1024 };
        near.Connect(listener.LocalEndPoint!);
        using var sender = new SocketLink(near);
        using var receiver = listener.Accept();
        var sent = new byte[8 * 1024 * 1024];
        new Random(1).NextBytes(sent);

        var taken = 0;
        for (var count = -1; count != 0; taken += count)
        {
            count = sender.Send(sent.AsSpan(taken), moreFollow);
        }

        Assert.InRange(taken, 1, sent.Length - 1);
        var arrived = new byte[taken];
        for (var got = 0; got < taken;)
        {
            got += receiver.Receive(arrived.AsSpan(got));
        }

        Assert.True(arrived.AsSpan().SequenceEqual(sent.AsSpan(0, taken)));
    }

    [Fact]
    public void Send_AfterTheOtherHostHasGone_Fails_AlsoWhereMoreFollows()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var near = new Socket(SocketType.Stream, ProtocolType.Tcp);
        near.Connect(listener.LocalEndPoint!);
        using var sender = new SocketLink(near);
        var receiver = listener.Accept();
        receiver.LingerState = new(enable: true, seconds: 0);
        receiver.Dispose();
        Assert.True(near.Poll(TimeSpan.FromSeconds(30), SelectMode.SelectRead));

        Assert.Throws<IOException>(() => sender.Send(new byte[1], moreFollow: true));
    }
}
