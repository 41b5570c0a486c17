using System.Net;
using System.Net.Sockets;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>Who has to leave where too many wait.</summary>
public sealed class WaitingRoomTests : IDisposable
{
    private readonly List<Socket> _sockets = [];

    [Fact]
    public void WhereThereIsRoom_NobodyLeaves()
    {
        var room = new WaitingRoom(places: 2);

        Assert.Null(room.Enter(New(), At("10.0.0.1")));
        Assert.Null(room.Enter(New(), At("10.0.0.1")));
        Assert.Equal(2, room.Count);
    }

    [Fact]
    public void TheLongestOfTheAddressThatHasMost_Leaves()
    {
        var room = new WaitingRoom(places: 3);
        var (honest, first, second, third, late) = (New(), New(), New(), New(), New());
        room.Enter(honest, At("10.0.0.1"));
        room.Enter(first, At("10.0.0.9"));
        room.Enter(second, At("10.0.0.9"));

        Assert.Same(first, room.Enter(third, At("10.0.0.9")));
        Assert.Same(second, room.Enter(late, At("10.0.0.2")));
        Assert.Equal([honest, third, late], room.All);
    }

    [Fact]
    public void WhoHasLeft_IsNotThere()
    {
        var room = new WaitingRoom(places: 1);
        var (one, other) = (New(), New());
        room.Enter(one, peer: null);
        room.Enter(other, peer: null);

        Assert.False(room.Has(one));
        Assert.False(room.Leave(one));
        Assert.True(room.Leave(other));
        Assert.Equal(0, room.Count);
    }

    [Fact]
    public void ALogBudget_SaysHowMuchItLeftOut()
    {
        var budget = new LogBudget(most: 2, TimeSpan.FromSeconds(10));

        Assert.Equal([true, true, false, false], Enumerable.Range(0, 4).Select(i => budget.TryTake(1_000 + i, out _)));
        Assert.True(budget.TryTake(11_000, out var missed));
        Assert.Equal(2, missed);
    }

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    private static IPEndPoint At(string address) => new(IPAddress.Parse(address), 1);

    private Socket New()
    {
        _sockets.Add(new(SocketType.Stream, ProtocolType.Tcp));
        return _sockets[^1];
    }
}
