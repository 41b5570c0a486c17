using DistributedFreeze.Inference.Images;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Data.Archives;

/// <summary>Short pieces of a file, read a little ahead: headers lie close together.</summary>
internal sealed class FileWindow(SafeFileHandle file)
{
    private readonly byte[] _bytes = new byte[8192];
    private long _start;
    private int _count;

    /// <summary>Length of the file in bytes.</summary>
    public long Length { get; } = RandomAccess.GetLength(file);

    /// <summary>Some bytes.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="length">How many, at most <see cref="Array.MaxLength"/>.</param>
    /// <returns>Those that there are; they hold until the next call.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public ReadOnlySpan<byte> Read(long offset, int length)
    {
        if (length > _bytes.Length)
        {
            var all = new byte[Math.Min(length, Math.Max(0, Length - offset))];
            return all.AsSpan(0, FilePart.Fill(file, offset, all));
        }

        if (offset < _start || offset + length > _start + _count)
        {
            _start = offset;
            _count = FilePart.Fill(file, offset, _bytes);
        }

        var from = (int)(offset - _start);
        return _bytes.AsSpan(from, Math.Clamp(_count - from, 0, length));
    }
}
