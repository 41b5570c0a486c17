using System.Diagnostics.CodeAnalysis;

namespace DistributedFreeze.Serving;

/// <summary>Places for images that are on their way: an image has one from before its bytes are read until it is computed. Thread-safe.</summary>
/// <param name="most">How many there are.</param>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore holds no handle: nobody asks for one.")]
internal sealed class Slots(int most)
{
    private readonly SemaphoreSlim _free = new(most);

    /// <exception cref="ServerBusyException">All are taken.</exception>
    public IDisposable Take() => _free.Wait(0) ? new Slot(_free) : throw new ServerBusyException(most);

    /// <summary>Waits for a place: for whoever has one already, and more to bring.</summary>
    public async Task<IDisposable> TakeAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        return new Slot(_free);
    }

    private sealed class Slot(SemaphoreSlim free) : IDisposable
    {
        private SemaphoreSlim? _free = free;

        public void Dispose() => Interlocked.Exchange(ref _free, null)?.Release();
    }
}
