using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Archives;

/// <summary>A file of many images, each of which can be read where it lies. Thread-safe.</summary>
internal interface IImageArchive
{
    /// <summary>Where an image is.</summary>
    /// <param name="index">Its number in the archive.</param>
    /// <param name="path">What names it in errors.</param>
    ImageContent ContentOf(int index, string path);
}

/// <summary>An image's place in an archive.</summary>
/// <param name="Archive">The archive.</param>
/// <param name="Index">The image's number in it.</param>
internal readonly record struct ArchivePlace(IImageArchive Archive, int Index)
{
    /// <summary>Where the image is.</summary>
    /// <param name="path">What names it in errors.</param>
    public ImageContent Content(string path) => Archive.ContentOf(Index, path);
}
