using DistributedFreeze.Data.Archives;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data;

/// <summary>Where images are that a listing names by paths. Immutable and thread-safe.</summary>
/// <param name="root">Full path of the folder that their paths begin at.</param>
/// <param name="archived">Those that lie in archives; null where all are files.</param>
internal sealed class ImagePlaces(string root, IReadOnlyDictionary<string, ArchivePlace>? archived = null)
{
    /// <summary>Where an image is.</summary>
    /// <param name="path">Its path from the data folder.</param>
    public ImageContent Of(string path)
    {
        var full = Path.Combine(root, path);
        return archived?.TryGetValue(path, out var place) == true ? place.Content(full) : full;
    }
}
