using System.Buffers.Binary;
using System.IO.Compression;

namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>What a chunk went through when it was stored: gzip, shuffle and Fletcher's checksum; others are refused.</summary>
/// <remarks>Source: HDF5 File Format Specification 3.0, section IV.A.2.l. Nothing is unpacked beyond the size that the chunk has anyway.</remarks>
internal sealed class Hdf5Filters
{
    private const int Deflate = 1;
    private const int Shuffle = 2;
    private const int Fletcher = 3;
    private const int Most = 8;
    private readonly (int Id, int ElementBytes)[] _filters;

    private Hdf5Filters((int Id, int ElementBytes)[] filters) => _filters = filters;

    public bool Any => _filters.Length > 0;

    /// <param name="message">The pipeline's message; null where there is none.</param>
    /// <exception cref="InvalidDataException">It is damaged, or has a filter that weight files don't.</exception>
    public static Hdf5Filters Parse(ReadOnlyMemory<byte>? message)
    {
        if (message is null)
        {
            return new([]);
        }

        var cursor = new Hdf5Cursor(message.Value.Span);
        var (version, count) = (cursor.Byte(), cursor.Byte());
        if (version is not (1 or 2) || count > Most)
        {
            throw new InvalidDataException($"it is damaged: a dataset has {count} filters of version {version}");
        }

        cursor.Skip(version == 1 ? 6u : 0);
        var filters = new (int, int)[count];
        foreach (ref var filter in filters.AsSpan())
        {
            const int OwnIds = 256; // from here on filters have names
            var id = cursor.UInt16();
            var nameBytes = version == 1 || id >= OwnIds ? cursor.UInt16() : (ushort)0;
            cursor.Skip(2); // whether it may be left out
            var values = cursor.UInt16();
            cursor.Skip(version == 1 ? (nameBytes + 7u) & ~7u : nameBytes);
            var first = values > 0 ? cursor.UInt32() : 0;
            cursor.Skip((4ul * values) - (values > 0 ? 4u : 0) + (version == 1 && values % 2 == 1 ? 4u : 0));
            filter = id is Deflate or Shuffle or Fletcher && first <= int.MaxValue
                ? (id, (int)first)
                : throw new InvalidDataException($"a dataset is compressed with filter {id}; gzip, shuffle and fletcher32 would be right");
        }

        return new(filters);
    }

    /// <summary>Undoes the filters.</summary>
    /// <param name="stored">The chunk as it is stored.</param>
    /// <param name="skipped">One bit for each filter that was left out.</param>
    /// <param name="bytes">The chunk's own size.</param>
    /// <returns>The chunk, of exactly that size.</returns>
    /// <exception cref="InvalidDataException">It is damaged, or would be larger.</exception>
    public byte[] Undo(byte[] stored, uint skipped, int bytes)
    {
        for (var i = _filters.Length - 1; i >= 0; i--)
        {
            if ((skipped & (1u << i)) == 0)
            {
                stored = _filters[i] switch
                {
                    (Deflate, _) => Inflated(stored, bytes + sizeof(uint)),
                    (Shuffle, var elementBytes) => Unshuffled(stored, elementBytes),
                    _ => Checked(stored),
                };
            }
        }

        return stored.Length == bytes ? stored : throw new InvalidDataException($"it is damaged: a chunk has {stored.Length} bytes instead of {bytes}");
    }

    private static byte[] Inflated(byte[] stored, int most)
    {
        using var inflating = new ZLibStream(new MemoryStream(stored), CompressionMode.Decompress);
        var bytes = new byte[most];
        var read = inflating.ReadAtLeast(bytes, most, throwOnEndOfStream: false);
        return read < most || inflating.ReadByte() < 0
            ? bytes[..read]
            : throw new InvalidDataException("it is damaged: a chunk unpacks to more than it may hold");
    }

    private static byte[] Unshuffled(byte[] stored, int elementBytes)
    {
        if (elementBytes <= 1)
        {
            return stored;
        }

        var elements = stored.Length / elementBytes;
        var bytes = new byte[stored.Length];
        for (var part = 0; part < elementBytes && elements > 0; part++)
        {
            var source = stored.AsSpan(part * elements, elements);
            for (var element = 0; element < elements; element++)
            {
                bytes[(element * elementBytes) + part] = source[element];
            }
        }

        var shuffled = elements * elementBytes; // what is left over stays where it is
        stored.AsSpan(shuffled).CopyTo(bytes.AsSpan(shuffled));
        return bytes;
    }

    private static byte[] Checked(byte[] stored) =>
        stored.Length >= sizeof(uint)
        && Hdf5Checksum.Fletcher32(stored.AsSpan(0, stored.Length - sizeof(uint))) == BinaryPrimitives.ReadUInt32LittleEndian(stored.AsSpan(stored.Length - sizeof(uint)))
            ? stored[..^sizeof(uint)]
            : throw new InvalidDataException("it is damaged: a chunk has a wrong checksum");
}
