using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Features;

/// <summary>Where a record is on disk.</summary>
/// <param name="Segment">The file.</param>
/// <param name="Slot">Its number there.</param>
/// <param name="Checksum">What its bytes must come to.</param>
internal readonly record struct RecordPlace(Segment Segment, int Slot, ulong Checksum);

/// <summary>Where the records of one set are on disk, by image. Not thread-safe.</summary>
/// <remarks>Of an image's records the first is read; further ones wait until that one turns out to be damaged.</remarks>
internal sealed class RecordIndex
{
    private readonly Dictionary<ImageHash, RecordPlace> _places = [];
    private readonly Dictionary<ImageHash, RecordPlace[]> _further = [];

    public bool TryFind(in ImageHash image, out RecordPlace place) => _places.TryGetValue(image, out place);

    public void Add(in ImageHash image, in RecordPlace place)
    {
        if (!_places.TryAdd(image, place))
        {
            _further[image] = [.. _further.GetValueOrDefault(image, []), place];
        }
    }

    /// <summary>Forgets a record that is damaged.</summary>
    /// <param name="image">The image.</param>
    /// <param name="damaged">Where the record is; nothing happens where another thread was first.</param>
    public void Forget(in ImageHash image, in RecordPlace damaged)
    {
        if (_places.GetValueOrDefault(image) != damaged)
        {
            return;
        }

        if (_further.Remove(image, out var further))
        {
            _places[image] = further[0];
            if (further.Length > 1)
            {
                _further[image] = further[1..];
            }
        }
        else
        {
            _places.Remove(image);
        }
    }

    /// <summary>Forgets every record.</summary>
    public void Clear()
    {
        _places.Clear();
        _further.Clear();
    }
}
