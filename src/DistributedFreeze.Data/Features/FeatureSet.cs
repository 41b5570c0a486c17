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

    /// <summary>Images of which there are features now, as far as their checksums were looked at.</summary>
    /// <exception cref="ObjectDisposedException">The set is disposed.</exception>
    public int Count => Shared().Count;

    /// <summary>Whether there are features of an image, as far as their checksum was looked at: a read may still find them damaged.</summary>
    /// <exception cref="ObjectDisposedException">The set is disposed.</exception>
    public bool Contains(in ImageHash image) => Shared().Contains(image);

    /// <summary>Whether reading an image's features would go to the disk.</summary>
    /// <exception cref="ObjectDisposedException">The set or its store is disposed.</exception>
    public bool IsOnDiskOnly(in ImageHash image) => Shared().IsOnDiskOnly(image);

    /// <summary>Where an image's features are kept, without looking at them; null where there are none.</summary>
    /// <exception cref="ObjectDisposedException">The set is disposed.</exception>
    internal RecordPlace? Find(in ImageHash image) => Shared().Find(image);

    /// <summary>Reads the features of an image; allocates nothing once every thread has read.</summary>
    /// <param name="image">The image.</param>
    /// <param name="destination">Exactly as long as a record has elements. Where false is returned its content means nothing.</param>
    /// <returns>False where there are none, or damaged ones; those are forgotten, so that they can be computed and written again.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    /// <exception cref="ObjectDisposedException">The set is disposed.</exception>
    public bool TryRead(in ImageHash image, Span<float> destination) =>
        destination.Length == Elements ? Shared().TryRead(image, destination) : throw WrongLength(destination.Length, nameof(destination));

    /// <summary>Keeps the features of an image, rounded to the type (<see cref="FeatureRounding"/>), in memory and on disk as far as there is room.</summary>
    /// <remarks>Those of an image that has some already are kept as they are. Sets that nobody has open make room, if need be.</remarks>
    /// <param name="image">The image.</param>
    /// <param name="values">Exactly as long as a record has elements.</param>
    /// <returns>Whether there are features of the image now; false where neither memory nor disk had room.</returns>
    /// <exception cref="ArgumentException"><paramref name="values"/> has another length.</exception>
    /// <exception cref="ObjectDisposedException">The set is disposed.</exception>
    public bool Write(in ImageHash image, ReadOnlySpan<float> values) =>
        values.Length == Elements ? Shared().Write(image, values) : throw WrongLength(values.Length, nameof(values));

    /// <summary>Says that the caller computes an image's features now, to every thread, store and process that uses the folder.</summary>
    /// <remarks>
    /// The way to use it: read; where there is nothing claim; with the claim compute, write and dispose; without it go on with other
    /// images and come back. Whoever dies lets go of what they claimed. Features that found no room can be claimed again.
    /// </remarks>
    /// <returns>
    /// What ends the claim when disposed, after the features are written; null where another computes the features now, or they are there by now.
    /// </returns>
    /// <exception cref="ObjectDisposedException">The set is disposed.</exception>
    public IDisposable? TryClaim(in ImageHash image) => Shared().TryClaim(image);

    /// <summary>Gives up all that this store has in memory, and the file that it writes: what computed them turned out to be damaged.</summary>
    /// <exception cref="ObjectDisposedException">The set is disposed.</exception>
    internal void Discard() => Shared().Discard();

    /// <summary>What threads of this process have claimed, on whichever handle of the set.</summary>
    /// <exception cref="ObjectDisposedException">The set is disposed.</exception>
    internal ComputeLockTable Claims => Shared().Claims;

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

    private ArgumentException WrongLength(int length, string name) => new($"A record has {Elements} elements, not {length}.", name);
}
