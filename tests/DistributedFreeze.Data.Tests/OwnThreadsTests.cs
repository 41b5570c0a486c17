using System.Collections.Concurrent;

namespace DistributedFreeze.Data;

public sealed class OwnThreadsTests
{
    [Theory]
    [InlineData(0, 4)]
    [InlineData(3, 8)]
    [InlineData(500, 4)]
    public void For_CallsOnceForEveryNumber(int count, int threads)
    {
        var calls = new int[count];

        OwnThreads.For(count, threads, "test", i => Interlocked.Increment(ref calls[i]), TestContext.Current.CancellationToken);

        Assert.All(calls, times => Assert.Equal(1, times));
    }

    [Fact]
    public void For_RunsOnAsManyThreadsOfItsOwn()
    {
        using var together = new Barrier(3);
        var threads = new ConcurrentBag<(string? Name, bool Pool)>();

        OwnThreads.For(3, 3, "test", _ =>
        {
            // Three calls at once, or this waits for ever.
            together.SignalAndWait(TestContext.Current.CancellationToken);
            threads.Add((Thread.CurrentThread.Name, Thread.CurrentThread.IsThreadPoolThread));
        }, TestContext.Current.CancellationToken);

        Assert.Equal([("test-0", false), ("test-1", false), ("test-2", false)], threads.Order());
    }

    [Fact]
    public void For_ThrowsWhatACallThrew_AndBeginsNoMore()
    {
        var calls = 0;

        Assert.Throws<InvalidDataException>(() => OwnThreads.For(1000, 1, "test", _ =>
        {
            if (++calls == 3)
            {
                throw new InvalidDataException();
            }
        }, TestContext.Current.CancellationToken));

        Assert.Equal(3, calls);
    }

    [Fact]
    public void For_StopsWhenCancelled()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var calls = 0;

        Assert.Throws<OperationCanceledException>(() => OwnThreads.For(1000, 1, "test", i =>
        {
            calls++;
            if (i == 4)
            {
                stop.Cancel();
            }
        }, stop.Token));

        Assert.Equal(5, calls);
    }
}
