using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Inference.Images;

/// <summary>Scales images to a square, bilinear with antialiasing.</summary>
/// <remarks>
/// Pillow's <c>resize((size, size), BILINEAR, box=...)</c> bit for bit (src/libImaging/Resample.c): first across, then down, with
/// integer weights and a rounded byte in between. Integers make the result the same on every machine.
/// Not thread-safe: it keeps the weights of the last image's size and box, and one buffer.
/// </remarks>
internal sealed class ImageResizer
{
    /// <summary>Pixels that a side may have at most: JPEG's own limit, and what keeps the buffers below 2 GiB.</summary>
    public const int LongestSide = 65_535;

    /// <summary>The largest result, in pixels along a side.</summary>
    public const int LargestResult = 4096;

    private const int Half = 1 << (ResampleWeights.PrecisionBits - 1);

    private readonly int _size;
    private readonly ResizeMode _mode;
    private (int Width, int Height, PixelBox? Box) _prepared;
    private ResampleWeights? _across;
    private ResampleWeights? _down;
    private byte[] _narrow = [];

    /// <param name="size">Height and width of the result in pixels, 1 to 4,096.</param>
    /// <param name="mode">Stretch takes the whole image; crop its middle square, half pixels included; imagenet the middle of the whole image at another size.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public ImageResizer(int size, ResizeMode mode)
    {
        CheckArguments(size, mode);
        _size = size;
        _mode = mode;
    }

    internal static void CheckArguments(int size, ResizeMode mode)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, LargestResult);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)mode, (uint)ResizeMode.Imagenet, nameof(mode));
    }

    /// <summary>Scales one image.</summary>
    /// <param name="rgba">[height, width, 4] bytes; the fourth of each pixel is ignored.</param>
    /// <param name="width">Pixels across, 1 to 65,535.</param>
    /// <param name="height">Pixels down, 1 to 65,535.</param>
    /// <param name="rgb">Receives [size, size, 3] bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is out of its range.</exception>
    /// <exception cref="ArgumentException">A span is not as long as its shape says.</exception>
    public void Resize(ReadOnlySpan<byte> rgba, int width, int height, Span<byte> rgb) => Resize(rgba, width, height, null, rgb);

    /// <summary>Scales a part of one image.</summary>
    /// <remarks>As with Pillow's <c>box</c>, pixels just outside the part still reach into its edge where the image shrinks.</remarks>
    /// <param name="rgba">[height, width, 4] bytes; the fourth of each pixel is ignored.</param>
    /// <param name="width">Pixels across, 1 to 65,535.</param>
    /// <param name="height">Pixels down, 1 to 65,535.</param>
    /// <param name="box">The part, within the image; it is stretched whatever the mode. Null takes what the mode says.</param>
    /// <param name="rgb">Receives [size, size, 3] bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is out of its range, or the box is empty or leaves the image.</exception>
    /// <exception cref="ArgumentException">A span is not as long as its shape says.</exception>
    public void Resize(ReadOnlySpan<byte> rgba, int width, int height, PixelBox? box, Span<byte> rgb)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, LongestSide);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, LongestSide);
        if (box is { } part && !part.LiesWithin(width, height))
        {
            throw new ArgumentOutOfRangeException(nameof(box), box, $"No part of an image of {width} x {height} pixels.");
        }

        if (rgba.Length != (long)width * height * 4)
        {
            throw new ArgumentException($"{width} x {height} pixels of 4 bytes are not {rgba.Length} bytes.", nameof(rgba));
        }

        if (rgb.Length != _size * _size * 3)
        {
            throw new ArgumentException($"A {_size} x {_size} image takes {_size * _size * 3} bytes, not {rgb.Length}.", nameof(rgb));
        }

        Prepare(width, height, box);
        var (across, down) = (_across!, _down!);

        // Rows that no output row reads stay as they are; a crop of a tall image has many.
        var firstRow = down.First[0];
        var rows = down.First[^1] + down.Count[^1] - firstRow;
        if (_narrow.Length < rows * _size * 4)
        {
            _narrow = GC.AllocateUninitializedArray<byte>(rows * _size * 4);
        }

        var source = MemoryMarshal.Cast<byte, uint>(rgba);
        var narrow = MemoryMarshal.Cast<byte, uint>(_narrow.AsSpan(0, rows * _size * 4));
        for (var y = 0; y < rows; y++)
        {
            Across(source.Slice((firstRow + y) * width, width), narrow.Slice(y * _size, _size), across);
        }

        for (var y = 0; y < _size; y++)
        {
            var weights = down.Weights.AsSpan(y * down.Taps, down.Count[y]);
            Down(narrow[((down.First[y] - firstRow) * _size)..], weights, rgb.Slice(y * _size * 3, _size * 3));
        }
    }

    private void Prepare(int width, int height, PixelBox? box)
    {
        if (_prepared == (width, height, box))
        {
            return;
        }

        if (box is { } part)
        {
            _across = new(width, part.Left, part.Width, _size);
            _down = new(height, part.Top, part.Height, _size);
        }
        else if (_mode == ResizeMode.Imagenet)
        {
            _across = Middle(width, height);
            _down = Middle(height, width);
        }
        else
        {
            var square = Math.Min(width, height);
            var (partWidth, partHeight) = _mode == ResizeMode.Crop ? (square, square) : (width, height);
            _across = new(width, (width - partWidth) / 2.0, partWidth, _size);
            _down = new(height, (height - partHeight) / 2.0, partHeight, _size);
        }

        _prepared = (width, height, box);
    }

    /// <summary>
    /// torchvision's <c>Resize</c> of the shorter side, which rounds the longer one down, and <c>CenterCrop</c>, which begins at half of what
    /// is left over, rounded to the nearest even number where it lies between two. Only what the crop keeps is computed.
    /// </summary>
    private ResampleWeights Middle(int side, int other)
    {
        var shorter = ImageResizing.ShorterSide(_size);
        var scaled = side <= other ? shorter : checked((int)((long)shorter * side / other));
        return new(side, 0, side, scaled, (int)Math.Round((scaled - _size) / 2.0, MidpointRounding.ToEven), _size);
    }

    private static void Across(ReadOnlySpan<uint> row, Span<uint> narrow, ResampleWeights across)
    {
        for (var x = 0; x < narrow.Length; x++)
        {
            var pixels = row.Slice(across.First[x], across.Count[x]);
            var weights = across.Weights.AsSpan(x * across.Taps, pixels.Length);
            var sum = Vector128.Create(Half);
            for (var k = 0; k < pixels.Length; k++)
            {
                sum += Widen(pixels[k]) * weights[k];
            }

            // Weights are never negative and sum to one within rounding, so that only 255 can be passed, and only from above.
            var bytes = Vector128.Min(sum >> ResampleWeights.PrecisionBits, Vector128.Create(255));
            narrow[x] = Narrow(bytes);
        }
    }

    private static void Down(ReadOnlySpan<uint> rows, ReadOnlySpan<int> weights, Span<byte> rgb)
    {
        var width = rgb.Length / 3;
        for (var x = 0; x < width; x++)
        {
            var sum = Vector128.Create(Half);
            for (var k = 0; k < weights.Length; k++)
            {
                sum += Widen(rows[(k * width) + x]) * weights[k];
            }

            var bytes = Vector128.Min(sum >> ResampleWeights.PrecisionBits, Vector128.Create(255));
            rgb[x * 3] = (byte)bytes[0];
            rgb[(x * 3) + 1] = (byte)bytes[1];
            rgb[(x * 3) + 2] = (byte)bytes[2];
        }
    }

    private static Vector128<int> Widen(uint pixel)
    {
        var bytes = Vector128.CreateScalarUnsafe(pixel).AsByte();
        return Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32();
    }

    private static uint Narrow(Vector128<int> pixel)
    {
        var words = Vector128.Narrow(pixel, pixel).AsUInt16();
        return Vector128.Narrow(words, words).AsUInt32()[0];
    }
}
