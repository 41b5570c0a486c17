using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data;

/// <summary>Where images are that a listing names by paths. Immutable and thread-safe.</summary>
/// <param name="root">Full path of the folder that their paths begin at.</param>
internal sealed class ImagePlaces(string root)
{
    /// <summary>Where an image is.</summary>
    /// <param name="path">Its path from the data folder.</param>
    public ImageContent Of(string path) => Path.Combine(root, path);
}
