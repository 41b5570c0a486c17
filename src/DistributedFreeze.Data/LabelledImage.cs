using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data;

/// <summary>One image file and its class.</summary>
/// <param name="Index">Position in its split, from 0, in the split's sorted order (class, then file name, both ordinal).</param>
/// <param name="Path">Path from the data folder with <c>/</c> between the parts: <c>train/glass/a.jpg</c> or <c>glass/a.jpg</c>.</param>
/// <param name="Class">Number of the class, an index into <see cref="DataSet.Classes"/>.</param>
/// <param name="Length">Length of the file in bytes, at least 1.</param>
/// <param name="Hash">SHA-256 of the file's content when it was scanned; copies of an image share one.</param>
public sealed record LabelledImage(int Index, string Path, int Class, long Length, ImageHash Hash)
{
    /// <summary>Name of the image that no other image of the set has and that stays when others come or go: its path.</summary>
    public string Key => Path;
}
