using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Inference.Images;

/// <summary>Reads contiguous bytes of a file.</summary>
public static class FilePart
{
    /// <summary>Reads a part of a file, or what is left of it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">Where the part begins, at least 0.</param>
    /// <param name="length">How long it is, at least 0.</param>
    /// <param name="room">Asked once for that much room.</param>
    /// <returns>How many bytes there were; fewer where the file ends within.</returns>
    /// <exception cref="IOException">It cannot be read, or the part is longer than an array may be.</exception>
    public static int Read(SafeFileHandle file, long offset, long length, ContentRoom room)
    {
        if (length > Array.MaxLength)
        {
            throw new IOException($"{length} bytes, more than the {Array.MaxLength} that are decoded");
        }

        return Fill(file, offset, room((int)length));
    }

    /// <summary>Fills memory from a file, as far as that goes.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">Where to begin, at least 0.</param>
    /// <param name="bytes">The memory.</param>
    /// <returns>How many bytes there were; fewer where the file ends before.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static int Fill(SafeFileHandle file, long offset, Span<byte> bytes)
    {
        var read = 0;
        while (read < bytes.Length && RandomAccess.Read(file, bytes[read..], offset + read) is > 0 and var count)
        {
            read += count;
        }

        return read;
    }
}
