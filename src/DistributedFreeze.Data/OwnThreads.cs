using System.Runtime.ExceptionServices;

namespace DistributedFreeze.Data;

/// <summary>Runs a loop on threads of its own rather than on those of the pool: a starved pool looks like a dead silo.</summary>
internal static class OwnThreads
{
    /// <summary>Calls <paramref name="body"/> once for every number from 0 up to but not including <paramref name="count"/>, in no order.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled before the last call.</exception>
    /// <exception cref="Exception">What <paramref name="body"/> threw first; no call begins after it.</exception>
    public static void For(int count, int threads, string name, Action<int> body, CancellationToken cancellationToken)
    {
        var next = -1;
        ExceptionDispatchInfo? failure = null;
        void Work()
        {
            try
            {
                while (Volatile.Read(ref failure) is null && Interlocked.Increment(ref next) is var i && i < count)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    body(i);
                }
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        var workers = Enumerable.Range(0, Math.Min(threads, count))
            .Select(i => new Thread(Work) { IsBackground = true, Name = $"{name}-{i}" }).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        failure?.Throw();
    }
}
