namespace DistributedFreeze.Inference.Images;

/// <summary>Where an image's bytes are: a file of its own, or a part of a file that holds many. Immutable and thread-safe.</summary>
/// <remarks>The path of an image file converts to one.</remarks>
public abstract class ImageContent
{
    /// <param name="path">As <see cref="Path"/>.</param>
    protected ImageContent(string path) => Path = path;

    /// <summary>Names the image, as errors do: the full path of its file, or that of the file that it lies in, with its own name behind it.</summary>
    public string Path { get; }

    /// <summary>The file that it is read from: while that does not change, neither does the image.</summary>
    public virtual string File => Path;

    /// <summary>Reads all of it.</summary>
    /// <param name="room">Asked once for room, with the length in bytes that is expected.</param>
    /// <returns>How many bytes there were, at most that many.</returns>
    /// <exception cref="IOException">It cannot be read, or is larger than an array may be.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public abstract int Read(ContentRoom room);

    /// <summary>Reads all of it into memory of its own.</summary>
    /// <exception cref="IOException">It cannot be read, or is larger than an array may be.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public byte[] ToArray()
    {
        byte[] content = [];
        var length = Read(expected => content = new byte[expected]);
        return length == content.Length ? content : content[..length];
    }

    /// <inheritdoc/>
    public override string ToString() => Path;

    /// <summary>An image file.</summary>
    /// <param name="path">Its full path.</param>
    public static ImageContent FromFile(string path) => new ImageFile(path);

    /// <summary>An image file.</summary>
    /// <param name="path">Its full path.</param>
    public static implicit operator ImageContent(string path) => FromFile(path);
}

/// <summary>Gives room for an image's bytes.</summary>
/// <param name="length">How many, at least 0.</param>
/// <returns>Room of exactly that length.</returns>
public delegate Span<byte> ContentRoom(int length);
