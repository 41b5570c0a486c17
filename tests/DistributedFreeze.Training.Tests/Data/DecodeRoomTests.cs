using DistributedFreeze.Training.Data;

namespace DistributedFreeze.Training.Tests.Data;

public sealed class DecodeRoomTests
{
    [Fact]
    public async Task WhoFindsNoRoom_WaitsUntilThereIs()
    {
        var room = new DecodeRoom(100);
        room.Enter(60);
        room.Enter(40);

        var entered = Task.Factory.StartNew(() => room.Enter(50), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        room.Leave(40);
        Assert.False(entered.IsCompleted); // 60 and 50 are more than 100
        room.Leave(60);

        await entered.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void AnImageThatIsTooLarge_IsDecodedAlone()
    {
        var room = new DecodeRoom(100);

        room.Enter(1_000);
        room.Leave(1_000);
        room.Enter(100);
    }
}
