using System.Collections.Concurrent;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data;

/// <summary>Keeps decoded pixels in memory, so that later epochs do not decode again. Thread-safe; a process's replicas share one.</summary>
/// <remarks>
/// What comes first stays until the budget is full, and nothing is thrown out: epochs go round and round, and a store that drops the
/// oldest image would always drop the one needed next. Two threads that miss the same image at once both decode it and keep one.
/// A file that changes on disk keeps its old pixels here.
/// </remarks>
public sealed class PixelStore : IPixelSource
{
    /// <summary>Share of the memory that decoded pixels of a run may take.</summary>
    internal const int MemoryDivisor = 8;

    private readonly ConcurrentDictionary<string, byte[]> _images = new(StringComparer.Ordinal);
    private readonly IPixelSource _source;
    private readonly long _budget;
    private readonly Lock _full = new();
    private long _bytes;

    /// <param name="source">Gives what the store has not.</param>
    /// <param name="budget">Bytes of pixels to keep at most, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="budget"/> is negative.</exception>
    public PixelStore(IPixelSource source, long budget)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(budget);
        _source = source;
        _budget = budget;
    }

    /// <inheritdoc/>
    public int Size => _source.Size;

    /// <summary>Images in the store.</summary>
    public int Count => _images.Count;

    /// <summary>Bytes of pixels in the store, never above the budget.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <inheritdoc/>
    public void Read(ImageContent image, Span<byte> rgb)
    {
        if (!TryFind(image, rgb))
        {
            _source.Read(image, rgb);
            Offer(image, rgb);
        }
    }

    /// <inheritdoc/>
    public void Read(ImageContent image, ImageHash expected, Span<byte> rgb)
    {
        if (!TryFind(image, rgb))
        {
            _source.Read(image, expected, rgb);
            Offer(image, rgb);
        }
    }

    /// <summary>Whether so many images find room, all together.</summary>
    /// <param name="images">How many.</param>
    internal bool CanHold(long images) => images <= _budget / _source.ImageBytes;

    private bool TryFind(ImageContent image, Span<byte> rgb)
    {
        if (rgb.Length == _source.ImageBytes && _images.TryGetValue(image.Path, out var kept))
        {
            kept.CopyTo(rgb);
            return true;
        }

        return false;
    }

    private void Offer(ImageContent image, ReadOnlySpan<byte> rgb)
    {
        if (HasRoom)
        {
            Keep(image, rgb.ToArray());
        }
    }

    /// <summary>Whether one more image finds room.</summary>
    internal bool HasRoom => Bytes + _source.ImageBytes <= _budget;

    /// <summary>Keeps pixels that somebody has decoded, as far as they find room.</summary>
    /// <param name="image">The image.</param>
    /// <param name="rgb">What the source would give; becomes this object's.</param>
    internal void Keep(ImageContent image, byte[] rgb)
    {
        lock (_full)
        {
            if (_bytes + rgb.Length <= _budget && _images.TryAdd(image.Path, rgb))
            {
                Interlocked.Add(ref _bytes, rgb.Length);
            }
        }
    }
}
