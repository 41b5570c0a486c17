using System.Buffers.Binary;
using System.Security.Cryptography;

namespace DistributedFreeze.Inference.Images;

/// <summary>SHA-256 of an image file's content: what an image is, wherever it lies and whatever it is called.</summary>
/// <remarks>Immutable, compared by value, and used without allocating. The default value is the hash of no known file.</remarks>
public readonly record struct ImageHash
{
    /// <summary>Bytes of a hash.</summary>
    public const int Bytes = SHA256.HashSizeInBytes;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    /// <param name="digest">The 32 bytes of a SHA-256.</param>
    /// <exception cref="ArgumentException"><paramref name="digest"/> is of another length.</exception>
    public ImageHash(ReadOnlySpan<byte> digest)
    {
        if (digest.Length != Bytes)
        {
            throw new ArgumentException($"A hash has {Bytes} bytes, not {digest.Length}.", nameof(digest));
        }

        _a = BinaryPrimitives.ReadUInt64BigEndian(digest);
        _b = BinaryPrimitives.ReadUInt64BigEndian(digest[8..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(digest[16..]);
        _d = BinaryPrimitives.ReadUInt64BigEndian(digest[24..]);
    }

    /// <summary>The first eight bytes as one number, for keys of random draws.</summary>
    public long Key => unchecked((long)_a);

    /// <summary>Hashes the content of a file.</summary>
    public static ImageHash Of(ReadOnlySpan<byte> content)
    {
        Span<byte> digest = stackalloc byte[Bytes];
        SHA256.HashData(content, digest);
        return new(digest);
    }

    /// <summary>Writes the 32 bytes of the hash.</summary>
    /// <param name="digest">Receives them; at least <see cref="Bytes"/> long.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="digest"/> is too short.</exception>
    public void CopyTo(Span<byte> digest)
    {
        BinaryPrimitives.WriteUInt64BigEndian(digest, _a);
        BinaryPrimitives.WriteUInt64BigEndian(digest[8..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(digest[16..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(digest[24..], _d);
    }

    /// <summary>A hash of the hash is no better than a part of it.</summary>
    public override int GetHashCode() => _d.GetHashCode();

    /// <returns>64 lower-case hexadecimal digits.</returns>
    public override string ToString()
    {
        Span<byte> digest = stackalloc byte[Bytes];
        CopyTo(digest);
        return Convert.ToHexStringLower(digest);
    }
}
