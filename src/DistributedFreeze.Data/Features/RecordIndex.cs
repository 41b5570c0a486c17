using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Features;

/// <summary>Where the records of one set are, by image. Not thread-safe.</summary>
/// <remarks>An image has one record that is read; further copies on disk wait until that one turns out to be damaged.</remarks>
internal sealed class RecordIndex
{
    private readonly Dictionary<ImageHash, RecordPlace> _places = [];
    private readonly Dictionary<ImageHash, List<RecordPlace>> _spares = [];

    /// <summary>Images that have a record.</summary>
    public int Count => _places.Count;

    public bool Contains(in ImageHash image) => _places.ContainsKey(image);

    public bool TryFind(in ImageHash image, out RecordPlace place) => _places.TryGetValue(image, out place);

    /// <summary>Adds the record of an image that has none.</summary>
    /// <returns>False where it has one.</returns>
    public bool TryAdd(in ImageHash image, in RecordPlace place) => _places.TryAdd(image, place);

    /// <summary>Adds a record that was found on disk: to one that is in memory only as its copy, to one on disk as a spare.</summary>
    public void AddFound(in RecordEntry entry, int segment, int slot)
    {
        var found = new RecordPlace { OnDisk = true, Segment = segment, Slot = slot, Checksum = entry.Checksum };
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, entry.Image, out var exists);
        if (!exists)
        {
            known = found;
        }
        else if (!known.OnDisk && known.Checksum == found.Checksum)
        {
            known = found with { Chunk = known.Chunk, Record = known.Record };
        }
        else
        {
            ref var spares = ref CollectionsMarshal.GetValueRefOrAddDefault(_spares, entry.Image, out _);
            (spares ??= []).Add(found);
        }
    }

    /// <summary>Adds a copy in memory to a record that has none.</summary>
    /// <param name="image">The image.</param>
    /// <param name="chunk">The memory that holds the copy.</param>
    /// <param name="record">Its number there.</param>
    /// <param name="checksum">What its bytes come to.</param>
    /// <returns>False where there is no such record, or one of other bytes, or it has a copy.</returns>
    public bool TryAddMemory(in ImageHash image, MemoryChunk chunk, int record, ulong checksum)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrNullRef(_places, image);
        if (Unsafe.IsNullRef(ref known) || known.Chunk is not null || known.Checksum != checksum)
        {
            return false;
        }

        known = known with { Chunk = chunk, Record = record };
        return true;
    }

    /// <summary>Forgets a record that is damaged; a spare takes its place.</summary>
    /// <param name="image">The image.</param>
    /// <param name="damaged">Where the damaged one is; nothing happens where another was put there meanwhile.</param>
    public void Forget(in ImageHash image, in RecordPlace damaged)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrNullRef(_places, image);
        if (Unsafe.IsNullRef(ref known) || known != damaged)
        {
            return; // another thread was first
        }

        if (_spares.TryGetValue(image, out var spares) && spares.Count > 0)
        {
            known = spares[0];
            spares.RemoveAt(0);
        }
        else
        {
            _places.Remove(image);
        }
    }

    /// <summary>Forgets a copy in memory that is damaged; what is on disk takes its place.</summary>
    /// <param name="image">The image.</param>
    /// <param name="damaged">Where the damaged one is; nothing happens where another was put there meanwhile.</param>
    public void ForgetMemory(in ImageHash image, in RecordPlace damaged)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrNullRef(_places, image);
        if (!Unsafe.IsNullRef(ref known) && known == damaged && known.OnDisk)
        {
            known = known with { Chunk = null, Record = 0 };
        }
        else
        {
            Forget(image, damaged);
        }
    }

    /// <summary>Forgets what is on disk.</summary>
    public void ForgetDisk()
    {
        _spares.Clear();
        foreach (var (image, place) in _places)
        {
            if (place.Chunk is null)
            {
                _places.Remove(image);
            }
            else
            {
                _places[image] = place with { OnDisk = false };
            }
        }
    }

    /// <summary>Forgets every record.</summary>
    public void Clear()
    {
        _places.Clear();
        _spares.Clear();
    }
}
