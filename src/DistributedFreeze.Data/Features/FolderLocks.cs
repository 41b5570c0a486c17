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
/// The system sees one handle per store, so a table keeps the store's own threads apart. Where the system lacks such locks
/// the whole folder belongs to one store at a time. Thread-safe.
/// </para>
/// </remarks>
internal sealed class FolderLocks : IDisposable
{
    public const string FileName = "locks";

    private readonly Lock _gate = new();
    private readonly HashSet<long> _held = [];
    private readonly SafeFileHandle _file;

    /// <exception cref="IOException">The folder cannot be written, or another store has it and the system can't share it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public FolderLocks(string folder) => _file = File.OpenHandle(
        Path.Combine(folder, FileName),
        FileMode.OpenOrCreate,
        FileAccess.ReadWrite,
        LinuxFile.IsSupported ? FileShare.ReadWrite | FileShare.Delete : FileShare.None);

    /// <summary>Where a set is locked: shared by those who have it open, exclusively by who removes it.</summary>
    public static long PlaceOf(SetFolder set) => PlaceOf(set, BitConverter.GetBytes(0L));

    /// <summary>Where a segment is locked by who writes it.</summary>
    public static long PlaceOf(SetFolder set, int segment) => PlaceOf(set, BitConverter.GetBytes(1L + segment));

    /// <summary>Where an image is locked by who computes its features.</summary>
    public static long PlaceOf(SetFolder set, in ImageHash image)
    {
        Span<byte> bytes = stackalloc byte[ImageHash.Bytes];
        image.CopyTo(bytes);
        return PlaceOf(set, bytes);
    }

    /// <summary>Locks a place.</summary>
    /// <returns>What ends it, to be disposed once; null where this store holds it, or another does so otherwise.</returns>
    /// <exception cref="IOException">The file system cannot lock.</exception>
    public IDisposable? TryLock(long place, bool exclusive = true)
    {
        lock (_gate)
        {
            return !_held.Contains(place) && (!LinuxFile.IsSupported || LinuxFile.TryLock(_file, place, exclusive)) && _held.Add(place)
                ? new Held(this, place)
                : null;
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

    private static long PlaceOf(SetFolder set, ReadOnlySpan<byte> what)
    {
        Span<byte> bytes = stackalloc byte[2 * ImageHash.Bytes];
        set.KeyHash.CopyTo(bytes);
        what.CopyTo(bytes[ImageHash.Bytes..]);
        return (long)(XxHash3.HashToUInt64(bytes[..(ImageHash.Bytes + what.Length)]) >> 2);
    }

    private sealed class Held(FolderLocks locks, long place) : IDisposable
    {
        public void Dispose()
        {
            lock (locks._gate)
            {
                // The file may be closed, and all of it let go, before.
                if (locks._held.Remove(place) && LinuxFile.IsSupported)
                {
                    LinuxFile.Unlock(locks._file, place);
                }
            }
        }
    }
}
