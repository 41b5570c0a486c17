using System.Numerics;

namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>The newer tree, which orders the links of a large group.</summary>
/// <remarks>Source: HDF5 File Format Specification 3.0, section III.A.2; the widths of numbers are those of H5B2hdr.c.</remarks>
internal sealed class Hdf5BTreeV2
{
    /// <summary>A tree of links by name.</summary>
    public const byte OfLinkNames = 5;

    private const int Overhead = 10; // signature, version, kind, checksum
    private const int MostLevels = 16;
    private readonly Hdf5Reader _reader;
    private readonly byte _kind;
    private readonly uint _nodeBytes;
    private readonly int _recordBytes;
    private readonly int _countBytes;
    private readonly int[] _totalBytes;
    private readonly List<ReadOnlyMemory<byte>> _records = [];
    private readonly HashSet<ulong> _seen = [];

    private Hdf5BTreeV2(Hdf5Reader reader, byte kind, uint nodeBytes, int recordBytes, int depth)
    {
        (_reader, _kind, _nodeBytes, _recordBytes) = (reader, kind, nodeBytes, recordBytes);
        if (recordBytes == 0 || nodeBytes < Overhead + recordBytes || depth > MostLevels)
        {
            throw new InvalidDataException("it is damaged: a tree in it has impossible sizes");
        }

        var most = ((ulong)nodeBytes - Overhead) / (ulong)recordBytes;
        _countBytes = WidthOf(most);
        _totalBytes = new int[depth + 1]; // none for leaves
        for (var level = 1; level <= depth; level++)
        {
            var pointer = (ulong)(8 + _countBytes + _totalBytes[level - 1]);
            var inNode = nodeBytes > Overhead + pointer ? (nodeBytes - (Overhead + pointer)) / ((ulong)recordBytes + pointer) : 0;
            var total = ((UInt128)(inNode + 1) * most) + inNode;
            most = total > ulong.MaxValue ? throw new InvalidDataException("it is damaged: a tree in it has impossible sizes") : (ulong)total;
            _totalBytes[level] = WidthOf(most);
        }
    }

    /// <returns>Every record, in no order that matters.</returns>
    /// <exception cref="InvalidDataException">The tree is damaged, or leads back into itself.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Records(Hdf5Reader reader, ulong address, byte kind)
    {
        var header = reader.Read(address, 38);
        Hdf5Checksum.Check(header);
        var cursor = new Hdf5Cursor(header);
        cursor.Expect("BTHD"u8, version: 0);
        if (cursor.Byte() != kind)
        {
            throw new InvalidDataException("it is damaged: a tree in it is of another kind");
        }

        var (nodeBytes, recordBytes, depth) = (cursor.UInt32(), cursor.UInt16(), cursor.UInt16());
        cursor.Skip(2); // when to split and to merge
        var (root, records) = (cursor.UInt64(), cursor.UInt16());
        var tree = new Hdf5BTreeV2(reader, kind, nodeBytes, recordBytes, depth);
        if (root != Hdf5Reader.Nowhere)
        {
            tree.Collect(root, records, depth);
        }

        return tree._records;
    }

    private void Collect(ulong address, ulong records, int level)
    {
        if (!_seen.Add(address))
        {
            throw new InvalidDataException("it is damaged: a tree in it leads back into itself");
        }

        var pointer = level > 0 ? 8 + _countBytes + _totalBytes[level - 1] : 0;
        var length = Overhead + ((UInt128)records * (ulong)_recordBytes) + ((UInt128)(level > 0 ? records + 1 : 0) * (ulong)pointer);
        if (length > _nodeBytes)
        {
            throw new InvalidDataException("it is damaged: a tree in it has a node that is too full");
        }

        var node = _reader.Read(address, (ulong)length);
        Hdf5Checksum.Check(node);
        var cursor = new Hdf5Cursor(node);
        cursor.Expect(level > 0 ? "BTIN"u8 : "BTLF"u8, version: 0);
        if (cursor.Byte() != _kind)
        {
            throw new InvalidDataException("it is damaged: a tree in it is of another kind");
        }

        for (var i = 0; i < (int)records; i++)
        {
            _records.Add(node.AsMemory(6 + (i * _recordBytes), _recordBytes));
        }

        cursor.Skip(records * (ulong)_recordBytes);
        for (var i = 0UL; level > 0 && i <= records; i++)
        {
            var (child, count) = (cursor.UInt64(), cursor.Number(_countBytes));
            cursor.Skip((ulong)_totalBytes[level - 1]);
            Collect(child, count, level - 1);
        }
    }

    private static int WidthOf(ulong largest) => (BitOperations.Log2(largest) / 8) + 1;
}
