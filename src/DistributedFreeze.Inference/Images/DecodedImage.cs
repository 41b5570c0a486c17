namespace DistributedFreeze.Inference.Images;

/// <summary>What an image takes in memory while it is decoded. Pure and thread-safe.</summary>
public static class DecodedImage
{
    /// <summary>Share of the process's memory that images may take while they are decoded; one at a time may take more.</summary>
    public const int MemoryDivisor = 8;

    /// <summary>Skia decodes to four bytes per pixel, and an image that lies on its side is copied upright (DecoderBuffers).</summary>
    public const int BytesPerPixel = 8;

    /// <summary>What no image may have more of, whatever a run allows: four bytes for each have to fit one array.</summary>
    public const long MostPixels = int.MaxValue / 4;

    /// <summary>Bytes that an image takes while it is decoded.</summary>
    /// <param name="pixels">Of the full image, at least 0.</param>
    public static long Bytes(long pixels) => BytesPerPixel * pixels;
}
