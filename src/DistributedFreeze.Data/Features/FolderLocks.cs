using System.Buffers.Binary;
using System.IO.Hashing;
using DistributedFreeze.Inference.Images;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Data.Features;

/// <summary>What one store holds in a cache folder, so that others, in this process or another, leave it alone.</summary>
/// <remarks>
/// <para>
/// One empty file holds every lock as one byte, 62 bits of a hash of what is locked: nothing to make, name or clean up per set, and a
/// lock goes with its process. Two things at one place would merely wait for each other.
/// </para>
/// <para>
/// The system sees one handle per store, so a table settles what threads of the store want. Where the system lacks such locks
/// the whole folder belongs to one store at a time. Thread-safe.
/// </para>
/// </remarks>
internal sealed class FolderLocks : IDisposable
{
    public const string FileName = "locks";

    private const int ExclusivelyHeld = -1;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, int> _held = []; // holders, or ExclusivelyHeld
    private readonly SafeFileHandle _file;

    private FolderLocks(SafeFileHandle file) => _file = file;

    /// <exception cref="IOException">The folder cannot be written, or another store has it and the system can't share it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static FolderLocks Open(string folder) => new(File.OpenHandle(
        Path.Combine(folder, FileName),
        FileMode.OpenOrCreate,
        FileAccess.ReadWrite,
        ByteRangeLock.IsSupported ? FileShare.ReadWrite | FileShare.Delete : FileShare.None));

    public static long SetPlace(SetFolder set) => Place(set.KeyHash, 0);

    public static long SegmentPlace(SetFolder set, int number) => Place(set.KeyHash, 1 + number);

    public static long ImagePlace(SetFolder set, in ImageHash image)
    {
        Span<byte> bytes = stackalloc byte[2 * ImageHash.Bytes];
        set.KeyHash.CopyTo(bytes);
        image.CopyTo(bytes[ImageHash.Bytes..]);
        return (long)(XxHash3.HashToUInt64(bytes) >> 2);
    }

    /// <returns>False where it is held exclusively.</returns>
    /// <exception cref="IOException">The file system cannot lock.</exception>
    public bool TryShare(long place)
    {
        lock (_gate)
        {
            var holders = _held.GetValueOrDefault(place);
            if (holders == ExclusivelyHeld || (holders == 0 && !TryLock(place, exclusive: false)))
            {
                return false;
            }

            _held[place] = holders + 1;
            return true;
        }
    }

    /// <returns>False where anyone holds it.</returns>
    /// <exception cref="IOException">The file system cannot lock.</exception>
    public bool TryTake(long place)
    {
        lock (_gate)
        {
            return !_held.ContainsKey(place) && TryLock(place, exclusive: true) && _held.TryAdd(place, ExclusivelyHeld);
        }
    }

    /// <summary>Gives back what <see cref="TryShare"/> or <see cref="TryTake"/> gave, once for each.</summary>
    public void Release(long place)
    {
        lock (_gate)
        {
            if (!_held.Remove(place, out var holders))
            {
                return; // the whole table went before
            }

            if (holders > 1)
            {
                _held[place] = holders - 1;
            }
            else if (ByteRangeLock.IsSupported)
            {
                ByteRangeLock.Unlock(_file, place);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _held.Clear();
            _file.Dispose();
        }
    }

    private bool TryLock(long place, bool exclusive) => !ByteRangeLock.IsSupported || ByteRangeLock.TryLock(_file, place, exclusive);

    private static long Place(ReadOnlySpan<byte> key, long what)
    {
        Span<byte> bytes = stackalloc byte[ImageHash.Bytes + sizeof(long)];
        key.CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[ImageHash.Bytes..], what);
        return (long)(XxHash3.HashToUInt64(bytes) >> 2);
    }
}
