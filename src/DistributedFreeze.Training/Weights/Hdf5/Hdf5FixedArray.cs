namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>The addresses of a dataset's chunks, one after the other; in pages where they are many.</summary>
/// <remarks>Source: HDF5 File Format Specification 3.0, section VII.C, "Fixed Array Index".</remarks>
internal static class Hdf5FixedArray
{
    private const int AddressBytes = 8;
    private const int SkippedBytes = 4;
    private const int HeaderBytes = 14; // of the block: signature, version, kind, address

    /// <param name="reader">The file.</param>
    /// <param name="address">Where the array begins.</param>
    /// <param name="count">How many chunks there are.</param>
    /// <param name="areFiltered">Whether each chunk has a length of its own.</param>
    /// <param name="bytes">The length of those that have none.</param>
    /// <exception cref="InvalidDataException">The array is damaged.</exception>
    public static IEnumerable<Hdf5Chunk> Chunks(Hdf5Reader reader, ulong address, int count, bool areFiltered, ulong bytes)
    {
        var (entryBytes, pageBits, block) = Header(reader, address, count, areFiltered);
        var perPage = pageBits < 31 ? 1 << pageBits : int.MaxValue;
        var number = 0;
        foreach (var entries in count > perPage ? Pages(reader, block, count, perPage, entryBytes) : [Block(reader, block, count, entryBytes)])
        {
            for (var i = 0; i < entries.Length; i += entryBytes, number++)
            {
                if (Entry(entries.Span.Slice(i, entryBytes), number, areFiltered, bytes) is { Address: not Hdf5Reader.Nowhere } chunk)
                {
                    yield return chunk;
                }
            }
        }
    }

    private static (int EntryBytes, byte PageBits, ulong Block) Header(Hdf5Reader reader, ulong address, int count, bool areFiltered)
    {
        var header = reader.Read(address, 28);
        Hdf5Checksum.Check(header);
        var cursor = new Hdf5Cursor(header);
        cursor.Expect("FAHD"u8, version: 0);
        var (filtered, entryBytes, pageBits, entries) = (cursor.Byte(), cursor.Byte(), cursor.Byte(), cursor.UInt64());
        var width = entryBytes - AddressBytes - (areFiltered ? SkippedBytes : 0);
        return filtered == (areFiltered ? 1 : 0) && entries == (ulong)count && (areFiltered ? width is >= 1 and <= 8 : width == 0)
            ? (entryBytes, pageBits, cursor.UInt64())
            : throw new InvalidDataException("it is damaged: a dataset's chunks and their index do not fit together");
    }

    private static ReadOnlyMemory<byte> Block(Hdf5Reader reader, ulong address, int count, int entryBytes)
    {
        var block = reader.Read(address, (ulong)(HeaderBytes + (count * entryBytes) + sizeof(uint)));
        Hdf5Checksum.Check(block);
        new Hdf5Cursor(block).Expect("FADB"u8, version: 0);
        return block.AsMemory()[HeaderBytes..^sizeof(uint)];
    }

    /// <summary>The pages, each with a checksum of its own; those never written are empty.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Pages(Hdf5Reader reader, ulong address, int count, int perPage, int entryBytes)
    {
        var pages = ((count - 1) / perPage) + 1;
        var start = reader.Read(address, (ulong)(HeaderBytes + ((pages + 7) / 8) + sizeof(uint)));
        Hdf5Checksum.Check(start);
        new Hdf5Cursor(start).Expect("FADB"u8, version: 0);
        var at = address + (ulong)start.Length;
        for (var page = 0; page < pages; page++)
        {
            var entries = Math.Min(perPage, count - (page * perPage)) * entryBytes;
            var written = (start[HeaderBytes + (page / 8)] & (0x80 >> (page % 8))) != 0;
            if (written)
            {
                var bytes = reader.Read(at, (ulong)entries + sizeof(uint));
                Hdf5Checksum.Check(bytes);
                yield return bytes.AsMemory()[..^sizeof(uint)];
            }
            else
            {
                var none = new byte[entries];
                Array.Fill(none, byte.MaxValue);
                yield return none;
            }

            at += (ulong)entries + sizeof(uint);
        }
    }

    private static Hdf5Chunk Entry(ReadOnlySpan<byte> entry, int number, bool areFiltered, ulong bytes)
    {
        var cursor = new Hdf5Cursor(entry);
        var address = cursor.UInt64();
        return areFiltered
            ? new(number, address, cursor.Number(entry.Length - AddressBytes - SkippedBytes), cursor.UInt32())
            : new(number, address, bytes, Skipped: 0);
    }
}
