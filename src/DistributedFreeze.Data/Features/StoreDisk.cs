using DistributedFreeze.Inference.Images;
namespace DistributedFreeze.Data.Features;

/// <summary>A store's folder: its locks, its quota, and whether it still can be written. Thread-safe.</summary>
internal sealed class StoreDisk : IDisposable
{
    private readonly string _root;
    private readonly FolderLocks _locks;
    private readonly TimeProvider _time;

    private StoreDisk(string root, FolderLocks locks, long bytes, DiskHealth health, TimeProvider time, CacheCounts counts)
    {
        (_root, _locks, Health, _time) = (root, locks, health, time);
        Quota = new(root, locks, bytes, counts);
    }

    public DiskHealth Health { get; }

    public DiskQuota Quota { get; }

    /// <returns>Null where the folder cannot be written; <paramref name="health"/> says why.</returns>
    public static StoreDisk? Open(string root, long bytes, DiskHealth health, TimeProvider time, CacheCounts counts)
    {
        try
        {
            Directory.CreateDirectory(root);
            return new(root, FolderLocks.Open(root), bytes, health, time, counts);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            health.Fail(root, e);
            return null;
        }
    }

    /// <returns>Bytes of all sets in the folder; 0 where it cannot be read.</returns>
    public long CountBytes()
    {
        try
        {
            return SetFolder.All(_root).Sum(set => set.Bytes());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0; // writing finds it out, and says so
        }
    }

    public void Fail(Exception reason) => Health.Fail(_root, reason);

    /// <returns>Null where the set cannot be opened; the set is in memory only, then.</returns>
    public SetFiles? Open(FeatureSetKey key, SegmentLayout layout)
    {
        try
        {
            return SetFiles.Open(SetFolder.Of(_root, key.Sha256), key, layout, _locks, _time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(e);
            return null;
        }
    }

    /// <summary>Whether a set has a record, by the length of its files.</summary>
    public bool Has(FeatureSetKey key) => SetFolder.Of(_root, key.Sha256).OwnFiles()
        .Any(file => file.Name != SetDescription.FileName && file.Length > SegmentLayout.HeaderBytes);

    /// <summary>Claims an image against other processes.</summary>
    /// <returns>Whether nobody else holds it, and what ends the claim; where the system fails nobody else can be asked.</returns>
    public (bool Held, IDisposable? Lock) TryClaim(FeatureSetKey key, in ImageHash image)
    {
        var place = FolderLocks.ImagePlace(SetFolder.Of(_root, key.Sha256), image);
        try
        {
            return _locks.TryTake(place) ? (true, new Claimed(_locks, place)) : (false, null);
        }
        catch (IOException e)
        {
            Fail(e);
            return (true, null);
        }
    }

    public void Dispose() => _locks.Dispose();

    private sealed class Claimed(FolderLocks locks, long place) : IDisposable
    {
        public void Dispose() => locks.Release(place);
    }
}
