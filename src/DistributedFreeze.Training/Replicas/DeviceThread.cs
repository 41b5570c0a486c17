using System.Collections.Concurrent;
using DistributedFreeze.Training.Native;
using TorchSharp;

namespace DistributedFreeze.Training.Replicas;

/// <summary>The one thread on which everything of a device happens.</summary>
/// <remarks>
/// TorchSharp's dispose scopes, gradient mode and thread count belong to a thread, and <c>await</c> changes threads. So work is a
/// synchronous call from beginning to end, queued here, and only its completion is awaited. Thread-safe.
/// </remarks>
internal sealed class DeviceThread : IDisposable
{
    private readonly BlockingCollection<Action> _inbox = [];
    private readonly Thread _thread;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">Name for debuggers and logs.</param>
    /// <param name="torchThreads">Threads that a kernel may use, at least 1.</param>
    /// <exception cref="LibTorchException">libtorch is missing or broken.</exception>
    public DeviceThread(string name, int torchThreads)
    {
        LibTorch.EnsureLoaded(); // here, where someone answers; on the thread it would end the process
        _thread = new(() => Loop(torchThreads)) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>Runs work on the thread, after all that was queued before.</summary>
    /// <returns>Completes with what the work returns or throws.</returns>
    /// <exception cref="InvalidOperationException">The thread is disposed.</exception>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _inbox.Add(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception e)
            {
                // Not swallowed: whoever awaits the work gets it.
                done.SetException(e);
            }
        });
        return done.Task;
    }

    /// <summary>Runs work on the thread, after all that was queued before.</summary>
    /// <exception cref="InvalidOperationException">The thread is disposed.</exception>
    public Task RunAsync(Action work) => RunAsync(() =>
    {
        work();
        return true;
    });

    /// <summary>Lets the thread end after the work that is queued; doesn't wait for it.</summary>
    public void Dispose() => _inbox.CompleteAdding();

    private void Loop(int torchThreads)
    {
        torch.set_num_threads(torchThreads);
        foreach (var work in _inbox.GetConsumingEnumerable())
        {
            work();
        }

        _inbox.Dispose();
    }
}
