namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>The beginning of a file, which tells where its root group is.</summary>
/// <remarks>Source: HDF5 File Format Specification 3.0, section II.A.</remarks>
internal static class Hdf5Superblock
{
    private const int Longest = 96;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n'];

    /// <returns>The address of the root group's header.</returns>
    /// <exception cref="InvalidDataException">It is no HDF5 file, is cut short, or is written in a way that weight files are not.</exception>
    public static ulong RootOf(Hdf5Reader reader)
    {
        var bytes = reader.Read(0, (ulong)Math.Min(Longest, reader.Length)).AsSpan();
        var cursor = new Hdf5Cursor(bytes);
        if (!bytes.StartsWith(Signature))
        {
            throw new InvalidDataException("it is no HDF5 file: it does not begin with HDF5's signature");
        }

        const int Shortest = 48;
        if (bytes.Length < Shortest)
        {
            throw new InvalidDataException($"it is cut short at {bytes.Length} bytes");
        }

        cursor.Skip((ulong)Signature.Length);
        var version = cursor.Byte();
        switch (version)
        {
            case 0 or 1:
                cursor.Skip(4);
                RequireSizes(cursor.Byte(), cursor.Byte());
                cursor.Skip(version == 0 ? 9u : 13u);
                RequireWhole(reader, start: cursor.UInt64(), freeSpace: cursor.UInt64(), end: cursor.UInt64());
                cursor.Skip(16); // driver, and the root's link name
                return cursor.UInt64();
            case 2 or 3:
                const int WithChecksum = 48;
                Hdf5Checksum.Check(new Hdf5Cursor(bytes).Take(WithChecksum));
                RequireSizes(cursor.Byte(), cursor.Byte());
                cursor.Skip(1);
                RequireWhole(reader, start: cursor.UInt64(), freeSpace: cursor.UInt64(), end: cursor.UInt64());
                return cursor.UInt64();
            default:
                throw new InvalidDataException($"its superblock has version {version}; 0 to 3 would be right");
        }
    }

    private static void RequireSizes(byte addresses, byte lengths)
    {
        if (addresses != 8 || lengths != 8)
        {
            throw new InvalidDataException($"its addresses and lengths have {addresses} and {lengths} bytes; 8 and 8 would be right");
        }
    }

    private static void RequireWhole(Hdf5Reader reader, ulong start, ulong freeSpace, ulong end)
    {
        _ = freeSpace;
        if (start != 0)
        {
            throw new InvalidDataException("its addresses count from elsewhere than its first byte");
        }

        if (end > (ulong)reader.Length)
        {
            throw new InvalidDataException($"it is cut short at {reader.Length} bytes of {end}");
        }
    }
}
