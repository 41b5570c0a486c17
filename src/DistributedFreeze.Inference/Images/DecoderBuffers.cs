using System.Runtime.InteropServices;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Inference.Images;

/// <summary>Memory of one decoding call at a time: the file, the full image, the upright image. Grows, and is used again.</summary>
internal sealed class DecoderBuffers(int size, ResizeMode mode)
{
    // A 16-megapixel photograph; what is larger comes seldom enough to be allocated anew.
    private const int Kept = 64 << 20;

    private byte[] _file = [];
    private byte[] _pixels = [];
    private byte[] _upright = [];

    public ImageResizer Resizer { get; } = new(size, mode);

    /// <summary>Where the file's bytes are; the array is pinned.</summary>
    public nint FileAddress => AddressOf(_file);

    /// <summary>Where the pixels are; the array is pinned.</summary>
    public nint PixelsAddress => AddressOf(_pixels);

    public Span<byte> File(int length) => Grown(ref _file, length);

    public Span<byte> Pixels(int length) => Grown(ref _pixels, length);

    public Span<byte> Upright(int length) => Grown(ref _upright, length);

    /// <summary>Lets go of what is too large to keep.</summary>
    public void Shrink()
    {
        _file = _file.Length > Kept ? [] : _file;
        _pixels = _pixels.Length > Kept ? [] : _pixels;
        _upright = _upright.Length > Kept ? [] : _upright;
    }

    private static Span<byte> Grown(ref byte[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            buffer = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        }

        return buffer.AsSpan(0, length);
    }

    private static nint AddressOf(byte[] pinned) => Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
