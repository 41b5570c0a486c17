using System.Runtime.ExceptionServices;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data;

/// <summary>Reads images before they are asked for, on threads of its own, and hands them out strictly in order.</summary>
/// <remarks>
/// <para>One consumer at a time, on a thread that may block (a device's own, never one of the pool). The pool is left alone because a
/// starved pool looks like a dead silo. Memory is one ring of <c>capacity</c> images, allocated once.</para>
/// <para>Dispose from any thread: it waits for the images that are being read just then, no longer.</para>
/// </remarks>
public sealed class DecodeAhead : IDisposable
{
    private readonly Lock _alone = new();
    private readonly object _turn = new();
    private readonly IPixelSource _source;
    private readonly IEnumerator<ImageContent> _images;
    private readonly Slot[] _slots;
    private readonly Thread[] _threads;
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenRegistration _registration;

    private long _claimed;
    private long _released;
    private bool _holding;
    private bool _ended;
    private bool _stopped;

    /// <summary>Starts reading.</summary>
    /// <param name="source">Reads one image; called from all threads at once.</param>
    /// <param name="images">Images in the order in which they will be taken. Enumerated lazily, one at a time, on the threads made here.</param>
    /// <param name="threads">Threads to read on, 1 to 256.</param>
    /// <param name="capacity">Images to hold, the one handed out included; at least 2, since one alone would never be read ahead.</param>
    /// <param name="cancellationToken">Stops the threads and makes the consumer's wait end.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public DecodeAhead(
        IPixelSource source, IEnumerable<ImageContent> images, int threads, int capacity, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, 256);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 2);
        _source = source;
        _cancellationToken = cancellationToken;
        _slots = [.. Enumerable.Range(0, capacity).Select(_ => new Slot(source.ImageBytes))];
        _images = images.GetEnumerator();
        _threads = [.. Enumerable.Range(0, threads).Select(i => new Thread(ReadInTurn) { IsBackground = true, Name = $"decode-ahead-{i}" })];
        foreach (var thread in _threads)
        {
            thread.Start();
        }

        _registration = cancellationToken.UnsafeRegister(static ahead => ((DecodeAhead)ahead!).Stop(), this);
    }

    /// <summary>Waits for the next image.</summary>
    /// <returns>[row, column, channel] bytes, red, green, blue; they hold until the next call or until this is disposed.</returns>
    /// <exception cref="InvalidOperationException">Every image has been taken.</exception>
    /// <exception cref="Exception">What reading this very image threw; the next call goes on with the image after it.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">This was disposed.</exception>
    public ReadOnlySpan<byte> Take() =>
        TryTake(out var rgb) ? rgb : throw new InvalidOperationException("Every image has been taken.");

    /// <summary>Waits for the next image, if there is one.</summary>
    /// <param name="rgb">As <see cref="Take"/> returns it; empty where every image has been taken.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="Exception">What reading this very image threw; the next call goes on with the image after it.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">This was disposed.</exception>
    public bool TryTake(out ReadOnlySpan<byte> rgb)
    {
        rgb = default;
        lock (_turn)
        {
            Release();
            var slot = SlotOf(_released);
            while (!_stopped && !slot.Ready)
            {
                if (_ended && _released == _claimed)
                {
                    return false;
                }

                Monitor.Wait(_turn);
            }

            _cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_stopped, this);
            _holding = true;
            slot.Failure?.Throw();
            rgb = slot.Rgb;
            return true;
        }
    }

    /// <summary>Stops the threads and waits for them. A second call does nothing.</summary>
    public void Dispose()
    {
        _registration.Dispose();
        Stop();
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        lock (_alone)
        {
            _images.Dispose();
        }
    }

    private void Stop()
    {
        lock (_turn)
        {
            _stopped = true;
            Monitor.PulseAll(_turn);
        }
    }

    private void Release()
    {
        if (!_holding)
        {
            return;
        }

        SlotOf(_released).Ready = false;
        _released++;
        _holding = false;
        Monitor.PulseAll(_turn);
    }

    private void ReadInTurn()
    {
        while (Claim() is { } claim)
        {
            // Whatever went wrong belongs to the consumer, at the moment it comes to this image.
            ExceptionDispatchInfo? failure = null;
            try
            {
                var image = claim.Image ?? throw claim.Failure!;
                _source.Read(image, claim.Slot.Rgb);
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }

            lock (_turn)
            {
                claim.Slot.Failure = failure;
                claim.Slot.Ready = true;
                Monitor.PulseAll(_turn);
            }
        }
    }

    /// <returns>The next image to read and the slot for it; null where there is nothing left to do.</returns>
    private ClaimedSlot? Claim()
    {
        // One thread at a time waits here and moves the enumerator, which may take its time, so that the consumer is not held up.
        lock (_alone)
        {
            lock (_turn)
            {
                while (!_stopped && !_ended && _claimed - _released >= _slots.Length)
                {
                    Monitor.Wait(_turn);
                }

                if (_stopped || _ended)
                {
                    return null;
                }
            }

            ImageContent? image = null;
            Exception? failure = null;
            var more = true;
            try
            {
                more = _images.MoveNext();
                image = more ? _images.Current : null;
            }
            catch (Exception e)
            {
                failure = e;
            }

            lock (_turn)
            {
                _ended = !more || failure is not null;
                if (!more)
                {
                    Monitor.PulseAll(_turn);
                    return null;
                }

                return new(SlotOf(_claimed++), image, failure);
            }
        }
    }

    private Slot SlotOf(long number) => _slots[number % _slots.Length];

    private readonly record struct ClaimedSlot(Slot Slot, ImageContent? Image, Exception? Failure);

    private sealed class Slot(int bytes)
    {
        public byte[] Rgb { get; } = new byte[bytes];

        public bool Ready { get; set; }

        public ExceptionDispatchInfo? Failure { get; set; }
    }
}
