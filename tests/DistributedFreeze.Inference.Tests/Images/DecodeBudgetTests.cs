namespace DistributedFreeze.Inference.Images;

public sealed class DecodeBudgetTests
{
    [Fact]
    public void ThoseWhoFindNoRoom_WaitUntilThereIs()
    {
        const int Rounds = 2_000;
        var room = new DecodeBudget(100);
        var (inside, most) = (0, 0);
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(Decode)).ToList();

        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.Equal(1, most); // two of 60 are more than 100

        void Decode()
        {
            for (var round = 0; round < Rounds; round++)
            {
                room.Enter(60);
                var now = Interlocked.Increment(ref inside);
                Thread.Yield(); // to let others in, could they come
                most = Math.Max(most, now);
                Interlocked.Decrement(ref inside);
                room.Leave(60);
            }
        }
    }

    [Fact]
    public void AnImageThatIsTooLarge_IsDecodedAlone()
    {
        var room = new DecodeBudget(100);

        room.Enter(1_000);
        room.Leave(1_000);
        room.Enter(100);
    }
}
