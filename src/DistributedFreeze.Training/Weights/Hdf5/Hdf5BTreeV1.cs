namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>The older tree, of a group's names or a dataset's chunks.</summary>
/// <remarks>Source: HDF5 File Format Specification 3.0, section III.A.1.</remarks>
internal static class Hdf5BTreeV1
{
    public const byte OfNames = 0;
    public const byte OfChunks = 1;
    private const int MostLevels = 32;

    /// <returns>What the leaves hold, and the key on the left of each.</returns>
    /// <exception cref="InvalidDataException">The tree is damaged, or leads back into itself.</exception>
    public static IEnumerable<(ReadOnlyMemory<byte> Key, ulong Child)> Leaves(Hdf5Reader reader, ulong root, byte kind, int keyBytes)
    {
        const int HeaderBytes = 24;
        var nodes = new Stack<(ulong Address, int Level)>();
        var seen = new HashSet<ulong>();
        nodes.Push((root, -1));
        while (nodes.TryPop(out var node))
        {
            if (!seen.Add(node.Address))
            {
                throw new InvalidDataException("it is damaged: a tree in it leads back into itself");
            }

            var (level, entries) = Start(reader.Read(node.Address, HeaderBytes), kind, node.Level);
            var bytes = reader.Read(node.Address + HeaderBytes, (ulong)((entries * (keyBytes + 8)) + keyBytes)).AsMemory();
            for (var i = 0; i < entries; i++)
            {
                var entry = bytes.Slice(i * (keyBytes + 8), keyBytes + 8);
                var child = new Hdf5Cursor(entry.Span[keyBytes..]).UInt64();
                if (level == 0)
                {
                    yield return (entry[..keyBytes], child);
                }
                else
                {
                    nodes.Push((child, level - 1));
                }
            }
        }
    }

    private static (int Level, int Entries) Start(ReadOnlySpan<byte> header, byte kind, int expectedLevel)
    {
        var cursor = new Hdf5Cursor(header);
        cursor.Expect("TREE"u8, version: kind); // what stands there is the kind
        var level = cursor.Byte();
        return level < MostLevels && (expectedLevel < 0 || level == expectedLevel)
            ? (level, cursor.UInt16())
            : throw new InvalidDataException("it is damaged: a tree in it has wrong levels");
    }
}
