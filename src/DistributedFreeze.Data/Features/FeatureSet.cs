using System.Buffers;
using System.Runtime.InteropServices;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Features;

/// <summary>The features of images under one key, each image's computed once and read ever after.</summary>
/// <remarks>
/// <para>Thread-safe. Several sets of one key, of one store or several, in one process or several, show each other's records.</para>
/// <para>
/// What others write appears when an image is missing here. Where a record is in memory and on disk, memory is read; what
/// is read from disk is kept in memory while there is room.
/// </para>
/// </remarks>
public sealed class FeatureSet : IDisposable
{
    /// <summary>The most elements that a record may have: 2^28.</summary>
    public const int MaxElements = 1 << 28;

    private readonly FeatureStore _store;
    private readonly SharedSet _shared;
    private int _disposed;

    internal FeatureSet(FeatureStore store, SharedSet shared) => (_store, _shared) = (store, shared);

    /// <summary>What the features depend on.</summary>
    public FeatureSetKey Key => _shared.Key;

    /// <summary>Numbers per image, 1 to <see cref="MaxElements"/>.</summary>
    public int Elements => _shared.Layout.Elements;

    /// <summary>What the numbers are rounded to.</summary>
    public FeatureType Type => _shared.Layout.Type;

    /// <summary>Whether there are features of an image, as far as their checksum was looked at: a read may still find them damaged.</summary>
    /// <exception cref="ObjectDisposedException">The set is disposed.</exception>
    public bool Contains(in ImageHash image)
    {
        var set = Shared();
        return set.Memory.Contains(image) || (set.Files is { } files && files.Contains(image));
    }

    /// <summary>Whether reading an image's features would go to the disk.</summary>
    /// <exception cref="ObjectDisposedException">The set or its store is disposed.</exception>
    public bool IsOnDiskOnly(in ImageHash image)
    {
        var set = Shared();
        return !set.Memory.Contains(image) && set.Files is { } files && files.Contains(image);
    }

    /// <summary>Reads the features of an image; allocates nothing once every thread has read.</summary>
    /// <param name="image">The image.</param>
    /// <param name="destination">Exactly as long as a record has elements. Where false is returned its content means nothing.</param>
    /// <returns>False where there are none, or damaged ones; those are forgotten, so that they can be computed and written again.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    /// <exception cref="ObjectDisposedException">The set is disposed.</exception>
    public bool TryRead(in ImageHash image, Span<float> destination)
    {
        RequireLength(destination.Length, nameof(destination));
        var set = Shared();
        if (set.Memory.TryRead(image, destination))
        {
            return true;
        }

        if (set.Files is not { } files)
        {
            return false;
        }

        var generation = set.Memory.Generation;
        var buffer = Type == FeatureType.Fp32 ? null : ArrayPool<byte>.Shared.Rent(set.Layout.PayloadBytes);
        var payload = buffer is null ? MemoryMarshal.AsBytes(destination) : buffer.AsSpan(0, set.Layout.PayloadBytes);
        var isRead = files.TryRead(image, payload);
        if (isRead)
        {
            set.Memory.TryAdd(image, payload, generation); // next time from memory, without a call
        }
        else
        {
            destination.Clear();
        }

        if (buffer is not null)
        {
            if (isRead)
            {
                FeatureRounding.Unpack(Type, payload, destination);
            }

            ArrayPool<byte>.Shared.Return(buffer);
        }

        return isRead;
    }

    /// <summary>Keeps the features of an image, rounded to the type (<see cref="FeatureRounding"/>), in memory and on disk as far as there is room.</summary>
    /// <remarks>Those of an image that has some already are kept as they are. Sets that nobody has open make room, if need be.</remarks>
    /// <param name="image">The image.</param>
    /// <param name="values">Exactly as long as a record has elements.</param>
    /// <returns>Whether there are features of the image now; false where neither memory nor disk had room.</returns>
    /// <exception cref="ArgumentException"><paramref name="values"/> has another length.</exception>
    /// <exception cref="ObjectDisposedException">The set is disposed.</exception>
    public bool Write(in ImageHash image, ReadOnlySpan<float> values)
    {
        RequireLength(values.Length, nameof(values));
        var set = Shared();
        if (Type == FeatureType.Fp32)
        {
            return Write(set, image, MemoryMarshal.AsBytes(values));
        }

        var buffer = ArrayPool<byte>.Shared.Rent(set.Layout.PayloadBytes);
        var packed = buffer.AsSpan(0, set.Layout.PayloadBytes);
        FeatureRounding.Pack(Type, values, packed);
        var isKept = Write(set, image, packed);
        ArrayPool<byte>.Shared.Return(buffer);
        return isKept;
    }

    /// <summary>Says that the caller computes an image's features now, to every thread, store and process that uses the folder.</summary>
    /// <remarks>
    /// The way to use it: read; where there is nothing claim; with the claim compute, write and dispose; without it go on with other
    /// images and come back. Whoever dies lets go of what they claimed. Features that found no room can be claimed again.
    /// </remarks>
    /// <returns>
    /// What ends the claim when disposed, after the features are written; null where another computes the features now, or they are there by now.
    /// </returns>
    /// <exception cref="ObjectDisposedException">The set is disposed.</exception>
    public IDisposable? TryClaim(in ImageHash image)
    {
        var set = Shared();
        IDisposable? elsewhere = null;
        if (Contains(image) || (set.Files is { } files && !files.TryLock(image, out elsewhere)))
        {
            return null;
        }

        var claim = set.Computing.TryTake(image, elsewhere);

        // Whoever held it a moment ago may have written the record before letting go.
        if (claim is not null && Contains(image))
        {
            claim.Dispose();
            return null;
        }

        return claim;
    }

    /// <summary>Gives up all that this store has in memory, and the file that it writes: what computed them turned out to be damaged.</summary>
    /// <exception cref="ObjectDisposedException">The set is disposed.</exception>
    internal void Discard()
    {
        var set = Shared();
        set.Files?.Discard(); // before the memory: what was read meanwhile does not come back there
        set.Memory.Free();
    }

    /// <summary>What threads of this process have claimed, on whichever handle of the set.</summary>
    /// <exception cref="ObjectDisposedException">The set is disposed.</exception>
    internal ComputeLocks Claims => Shared().Computing;

    /// <summary>The bytes of an image's features in memory, for tests, which damage them.</summary>
    /// <exception cref="ObjectDisposedException">The set is disposed.</exception>
    internal Span<byte> FindInMemory(in ImageHash image) => Shared().Memory.Find(image);

    /// <summary>Lets go of the set. Its records stay: on disk, and in memory until another set needs the room. End claims before.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _store.Release(_shared);
        }
    }

    private SharedSet Shared()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0 || _store.IsDisposed, this);
        return _shared;
    }

    private void RequireLength(int length, string name)
    {
        if (length != Elements)
        {
            throw new ArgumentException($"A record has {Elements} elements, not {length}.", name);
        }
    }

    private static bool Write(SharedSet set, in ImageHash image, ReadOnlySpan<byte> payload)
    {
        var generation = set.Memory.Generation;
        if (Knows(set, image))
        {
            return true;
        }

        var isOnDisk = set.Files is { } files && files.TryAdd(image, payload);
        if (!isOnDisk && Knows(set, image))
        {
            return true; // another thread was first, and theirs is kept
        }

        return set.Memory.TryAdd(image, payload, generation) || isOnDisk;
    }

    private static bool Knows(SharedSet set, in ImageHash image) => set.Memory.Contains(image) || (set.Files is { } files && files.Knows(image));
}
