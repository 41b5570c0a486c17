namespace DistributedFreeze.Inference.Images;

/// <summary>Gives the pixels of images. Thread-safe.</summary>
public interface IPixelSource
{
    /// <summary>Height and width of every image in pixels.</summary>
    int Size { get; }

    /// <summary>Bytes of one image: <see cref="Size"/> x <see cref="Size"/> x 3.</summary>
    int ImageBytes => Size * Size * 3;

    /// <summary>Writes an image's pixels.</summary>
    /// <param name="image">The image file, or what else holds it.</param>
    /// <param name="rgb">Receives [row, column, channel], channels red, green, blue, each 0 to 255; exactly <see cref="ImageBytes"/> long.</param>
    /// <exception cref="ArgumentException"><paramref name="rgb"/> has another length.</exception>
    /// <exception cref="Errors.InvalidInputException">The file cannot be read or decoded; the problem names it.</exception>
    void Read(ImageContent image, Span<byte> rgb);

    /// <summary>Writes an image's pixels, if they are those of a file that was hashed before.</summary>
    /// <param name="image">The image file, or what else holds it.</param>
    /// <param name="expected">The content that the file had.</param>
    /// <param name="rgb">As above.</param>
    /// <exception cref="ArgumentException"><paramref name="rgb"/> has another length.</exception>
    /// <exception cref="Errors.InvalidInputException">The file has other content by now, or cannot be read or decoded; the problem names it.</exception>
    void Read(ImageContent image, ImageHash expected, Span<byte> rgb);
}
