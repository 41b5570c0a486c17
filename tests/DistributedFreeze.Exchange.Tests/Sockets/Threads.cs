namespace DistributedFreeze.Exchange.Sockets;

/// <summary>One thread per member, as replicas have.</summary>
internal static class Threads
{
    public static Task<T[]> Run<T>(int count, Func<int, T> work) => Task.WhenAll(Enumerable.Range(0, count).Select(i =>
        Task.Factory.StartNew(() => work(i), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
}
