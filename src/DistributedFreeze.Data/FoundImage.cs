using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data;

/// <summary>An image file by name.</summary>
/// <param name="Split">Where it lies; train where the folder has no splits.</param>
/// <param name="Class">Name of its class.</param>
/// <param name="Name">File name.</param>
/// <param name="Path">Path from the data folder with <c>/</c> between the parts.</param>
internal sealed record FoundImage(Split Split, string Class, string Name, string Path)
{
    /// <summary>Where its class is to be looked up, for errors: the class folder, or the manifest.</summary>
    public required string Place { get; init; }

    /// <summary>What its split follows from where shares are set aside: its path, or its name in an archive, which stays when archives are cut in another way.</summary>
    public string Key
    {
        get => field ?? Path;
        init;
    }

    /// <summary>Length of the file in bytes; 0 until the file is read.</summary>
    public long Length { get; init; }

    /// <summary>SHA-256 of the file's content; the default until it is read.</summary>
    public ImageHash Hash { get; init; }
}
