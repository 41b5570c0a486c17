using System.Collections.Concurrent;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using SkiaSharp;

namespace DistributedFreeze.Inference.Images;

/// <summary>Decodes image files to square RGB images of one size.</summary>
/// <remarks>
/// <para>Skia decodes at full size to 8 bits of red, green and blue (grey, CMYK, 16-bit and palettes included), then come the EXIF
/// orientation of JPEG, PNG and WebP, white behind whatever is transparent, and <see cref="ImageResizer"/>. Of an animation the first
/// frame counts. With colour profiles ignored and nothing transparent the result equals Pillow's
/// <c>exif_transpose(image).convert("RGB").resize(..., BILINEAR)</c> and torchvision's <c>Resize</c> and <c>CenterCrop</c>, but for 16-bit grey, which Pillow clips.</para>
/// <para>Thread-safe: calls run beside one another, each with buffers of its own that later calls use again. A call holds the file and
/// four bytes per pixel of the full image in memory, eight where it has to be turned upright; calls with large images take turns, so that together
/// they take an eighth of the memory, or one image.</para>
/// </remarks>
public sealed class ImageDecoder : IPixelSource
{
    private const string CutShort = "cut short: the file ends before its last pixel";

    private readonly ConcurrentBag<DecoderBuffers> _idle = [];
    private readonly DecodeBudget _decoding = new(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / DecodedImage.MemoryDivisor);
    private readonly ResizeMode _mode;
    private readonly ColorProfiles _profiles;
    private readonly long _maxPixels;

    /// <param name="size">Height and width of the result in pixels, 1 to 4,096.</param>
    /// <param name="mode">How an image becomes square.</param>
    /// <param name="maxPixels">Pixels above which a file is refused before it is decoded, at least 1; never more than 536 million, or 65,535 along a side.</param>
    /// <param name="profiles">What becomes of colour profiles.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public ImageDecoder(int size, ResizeMode mode, long maxPixels, ColorProfiles profiles = ColorProfiles.Ignore)
    {
        ImageResizer.CheckArguments(size, mode);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPixels, 1);
        Size = size;
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)profiles, (uint)ColorProfiles.Apply, nameof(profiles));
        _mode = mode;
        _profiles = profiles;
        _maxPixels = maxPixels;
    }

    /// <summary>Decodes as a spec says.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The spec's image size, resize mode, pixel limit or use of colour profiles is out of its range.</exception>
    public ImageDecoder(DataSpec spec)
        : this(spec.ImageSize, spec.Resize, spec.MaxPixels, spec.ColorProfiles)
    {
    }

    /// <inheritdoc/>
    public int Size { get; }

    private int ImageBytes => Size * Size * 3;

    /// <inheritdoc/>
    /// <exception cref="InvalidInputException">
    /// The file cannot be opened, is no image, has too many pixels, or ends or breaks off before its last pixel.
    /// </exception>
    public void Read(ImageContent image, Span<byte> rgb) => Read(image, boxOf: null, rgb);

    /// <inheritdoc/>
    public void Read(ImageContent image, ImageHash expected, Span<byte> rgb) => Read(image, boxOf: null, rgb, expected);

    /// <summary>Writes the pixels of a part of an image.</summary>
    /// <param name="image">The image file, or what else holds it.</param>
    /// <param name="boxOf">Chooses the part, within the image, from the upright image's width and height; null takes what the mode says.</param>
    /// <param name="rgb">Receives [row, column, channel], channels red, green, blue, each 0 to 255.</param>
    /// <param name="expected">The content that the file must have; null takes any.</param>
    /// <exception cref="ArgumentException"><paramref name="rgb"/> is not as long as a square image.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The part is empty or leaves the image.</exception>
    /// <exception cref="InvalidInputException">
    /// The file cannot be opened, has other content, is no image, has too many pixels, or ends or breaks off before its last pixel.
    /// </exception>
    public void Read(ImageContent image, Func<int, int, PixelBox>? boxOf, Span<byte> rgb, ImageHash? expected = null)
    {
        RequireSquare(rgb);
        if (TryRead(image, boxOf, rgb, expected) is { } fault)
        {
            throw new InvalidInputException(image.Path, $"{fault}; replace or remove the file (`dfreeze data check` finds every such file)");
        }
    }

    /// <summary>Decodes an image in memory.</summary>
    /// <param name="content">What a file would hold.</param>
    /// <param name="rgb">Receives [row, column, channel], channels red, green, blue, each 0 to 255.</param>
    /// <exception cref="ArgumentException"><paramref name="rgb"/> is not as long as a square image.</exception>
    /// <exception cref="InvalidInputException">It is no image, has too many pixels, or ends or breaks off before its last pixel.</exception>
    public void Decode(ReadOnlySpan<byte> content, Span<byte> rgb)
    {
        RequireSquare(rgb);
        var buffers = Rent();
        try
        {
            content.CopyTo(buffers.File(content.Length));
            if (Decode(buffers, content.Length, boxOf: null, rgb) is { } fault)
            {
                throw new InvalidInputException("image", fault);
            }
        }
        finally
        {
            Return(buffers);
        }
    }

    /// <summary>Reads a file whole for its hash and, on request, decodes it.</summary>
    /// <param name="image">The image file, or what else holds it.</param>
    /// <param name="decode">Whether to decode it.</param>
    /// <param name="rgb">Receives the square image where it is decoded; empty leaves out the scaling.</param>
    /// <param name="hash">Of the content.</param>
    /// <returns>Why the file cannot be read or decoded; null where it can.</returns>
    public string? Inspect(ImageContent image, bool decode, Span<byte> rgb, out ImageHash hash)
    {
        var buffers = Rent();
        hash = default;
        try
        {
            var length = image.Read(buffers.File);
            hash = ImageHash.Of(buffers.File(length));
            return decode ? Decode(buffers, length, boxOf: null, rgb) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
        finally
        {
            Return(buffers);
        }
    }

    private string? TryRead(ImageContent image, Func<int, int, PixelBox>? boxOf, Span<byte> rgb, ImageHash? expected)
    {
        var buffers = Rent();
        try
        {
            var length = image.Read(buffers.File);
            if (expected is { } hash && ImageHash.Of(buffers.File(length)) != hash)
            {
                throw new InvalidInputException(image.Path, "has changed since the images were listed: start anew, and leave them as they are meanwhile");
            }

            return Decode(buffers, length, boxOf, rgb);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
        finally
        {
            Return(buffers);
        }
    }

    /// <summary>Lets go of buffers that earlier calls have left: as many as there were threads, each as large as its largest image.</summary>
    public void ReleaseBuffers() => _idle.Clear();

    private void RequireSquare(Span<byte> rgb)
    {
        if (rgb.Length != ImageBytes)
        {
            throw new ArgumentException($"A {Size} x {Size} image takes {ImageBytes} bytes, not {rgb.Length}.", nameof(rgb));
        }
    }

    private DecoderBuffers Rent() => _idle.TryTake(out var buffers) ? buffers : new(Size, _mode);

    private void Return(DecoderBuffers buffers)
    {
        buffers.Shrink();
        _idle.Add(buffers);
    }

    private string? Decode(DecoderBuffers buffers, int length, Func<int, int, PixelBox>? boxOf, Span<byte> rgb)
    {
        using var data = SKData.Create(buffers.FileAddress, length);
        using var codec = SKCodec.Create(data);
        if (codec is null)
        {
            return length == 0 ? "empty, 0 bytes" : "no image that can be decoded";
        }

        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if (ImageHeader.SizeFault(width, height, _maxPixels) is { } fault)
        {
            return fault;
        }

        var room = DecodedImage.Bytes((long)width * height);
        _decoding.Enter(room);
        try
        {
            return Decode(codec, buffers, length, boxOf, rgb);
        }
        finally
        {
            _decoding.Leave(room);
        }
    }

    private string? Decode(SKCodec codec, DecoderBuffers buffers, int length, Func<int, int, PixelBox>? boxOf, Span<byte> rgb)
    {
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if (ImageContainer.BreaksOff(buffers.File(length), codec.EncodedFormat))
        {
            return CutShort;
        }

        var opaque = codec.Info.AlphaType == SKAlphaType.Opaque;
        using var space = _profiles == ColorProfiles.Apply ? SKColorSpace.CreateSrgb() : null; // without one Skia converts nothing
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul, space);
        var pixels = buffers.Pixels(checked(width * height * 4));
        switch (codec.GetPixels(info, buffers.PixelsAddress))
        {
            case SKCodecResult.Success:
                break;
            case SKCodecResult.IncompleteInput:
                return CutShort;
            case var result:
                return $"damaged: decoding broke off ({result})";
        }

        if (rgb.IsEmpty)
        {
            return null;
        }

        if (!opaque)
        {
            PutOnWhite(pixels);
        }

        if (ExifOrientation.Of(buffers.File(length), codec.EncodedFormat) is var origin && origin != SKEncodedOrigin.TopLeft)
        {
            var upright = buffers.Upright(pixels.Length);
            (width, height) = Orientation.Apply(origin, pixels, width, height, upright);
            pixels = upright;
        }

        buffers.Resizer.Resize(pixels, width, height, boxOf?.Invoke(width, height), rgb);
        return null;
    }

    private static void PutOnWhite(Span<byte> rgba)
    {
        for (var i = 0; i < rgba.Length; i += 4)
        {
            int alpha = rgba[i + 3];
            if (alpha == 255)
            {
                continue;
            }

            for (var c = i; c < i + 3; c++)
            {
                rgba[c] = (byte)(((rgba[c] * alpha) + (255 * (255 - alpha)) + 127) / 255);
            }
        }
    }
}
