using System.Buffers.Binary;
using System.Security.Cryptography;

namespace DistributedFreeze.Training.Features.Storage;

/// <summary>An image by its content: the SHA-256 of its file.</summary>
/// <remarks>Immutable; comparing and hashing allocate nothing.</remarks>
public readonly record struct ImageKey
{
    /// <summary>Bytes of a key: 32.</summary>
    public const int Size = 4 * sizeof(ulong);

    private readonly ulong _first;
    private readonly ulong _second;
    private readonly ulong _third;
    private readonly ulong _fourth;

    /// <param name="sha256">A SHA-256, exactly 32 bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="sha256"/> has another length.</exception>
    public ImageKey(ReadOnlySpan<byte> sha256)
    {
        if (sha256.Length != Size)
        {
            throw new ArgumentException($"A SHA-256 has {Size} bytes, not {sha256.Length}.", nameof(sha256));
        }

        _first = BinaryPrimitives.ReadUInt64BigEndian(sha256);
        _second = BinaryPrimitives.ReadUInt64BigEndian(sha256[8..]);
        _third = BinaryPrimitives.ReadUInt64BigEndian(sha256[16..]);
        _fourth = BinaryPrimitives.ReadUInt64BigEndian(sha256[24..]);
    }

    /// <summary>The key of a file's content.</summary>
    /// <param name="content">The whole file.</param>
    public static ImageKey OfContent(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(content, hash);
        return new(hash);
    }

    /// <summary>The key of a stream's content, read to its end.</summary>
    /// <param name="content">The file, at its beginning.</param>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static ImageKey OfContent(Stream content)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(content, hash);
        return new(hash);
    }

    /// <summary>Writes the 32 bytes of the SHA-256.</summary>
    /// <param name="destination">At least 32 bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="destination"/> is shorter.</exception>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _first);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _second);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _third);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _fourth);
    }

    /// <summary>A hash of the hash is no better than a part of it.</summary>
    public override int GetHashCode() => _fourth.GetHashCode();

    /// <returns>64 lower-case hexadecimal digits.</returns>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
