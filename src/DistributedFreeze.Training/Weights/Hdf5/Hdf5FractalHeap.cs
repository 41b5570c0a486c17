using System.Buffers.Binary;
using System.Numerics;

namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>Where a large group keeps its links: blocks of doubling sizes under one address space.</summary>
/// <remarks>Source: HDF5 File Format Specification 3.0, section III.G. Objects of their own ("huge"), within their id ("tiny") and filtered are refused.</remarks>
internal sealed class Hdf5FractalHeap
{
    private const int MostWidth = 1024;
    private const ulong MostBlock = 1 << 24;
    private readonly Hdf5Reader _reader;
    private readonly ulong _address;
    private readonly bool _hasChecksums;
    private readonly int _offsetBytes;
    private readonly int _lengthBytes;
    private readonly ulong _width;
    private readonly ulong _first;
    private readonly int _directRows;
    private readonly ulong _root;
    private readonly int _rootRows;
    private readonly Dictionary<ulong, byte[]> _blocks = [];

    public Hdf5FractalHeap(Hdf5Reader reader, ulong address)
    {
        (_reader, _address) = (reader, address);
        var header = reader.Read(address, 146);
        Hdf5Checksum.Check(header);
        var cursor = new Hdf5Cursor(header);
        cursor.Expect("FRHP"u8, version: 0);
        cursor.Skip(2); // length of ids
        if (cursor.UInt16() != 0)
        {
            throw new InvalidDataException("the names of a group are compressed, as no weight file's are");
        }

        _hasChecksums = (cursor.Byte() & 2) != 0;
        var largestObject = cursor.UInt32();
        cursor.Skip(12 * 8); // huge objects, free space and numbers of objects
        _width = cursor.UInt16();
        _first = cursor.UInt64();
        var largest = cursor.UInt64();
        var bits = cursor.UInt16();
        cursor.Skip(2); // rows that a root starts with
        (_root, _rootRows) = (cursor.UInt64(), cursor.UInt16());
        if (_width is 0 or > MostWidth || !BitOperations.IsPow2(_width) || !BitOperations.IsPow2(_first) || !BitOperations.IsPow2(largest)
            || _first > largest || largest > MostBlock || bits is 0 or > 64 || _rootRows > 64 || largestObject == 0)
        {
            throw new InvalidDataException("it is damaged: the heap of a group has impossible sizes");
        }

        _offsetBytes = (bits + 7) / 8;
        _lengthBytes = Math.Min((BitOperations.Log2(largest) + 7) / 8, (BitOperations.Log2(largestObject) / 8) + 1);
        _directRows = BitOperations.Log2(largest) - BitOperations.Log2(_first) + 2;
    }

    /// <returns>The object with an id.</returns>
    /// <exception cref="InvalidDataException">The heap is damaged, or the object is kept in a way that links are not.</exception>
    public ReadOnlyMemory<byte> Get(ReadOnlySpan<byte> id)
    {
        var cursor = new Hdf5Cursor(id);
        if (cursor.Byte() != 0)
        {
            throw new InvalidDataException("a name in a group is kept in a way that no weight file's is");
        }

        var (offset, length) = (cursor.Number(_offsetBytes), cursor.Number(_lengthBytes));
        var (block, start) = Locate(offset);
        if (offset - start > (ulong)block.Length || length > (ulong)block.Length - (offset - start))
        {
            throw new InvalidDataException("it is damaged: a name in a group reaches beyond its block");
        }

        return block.AsMemory((int)(offset - start), (int)length);
    }

    private (byte[] Block, ulong Start) Locate(ulong offset)
    {
        if (_rootRows == 0)
        {
            return (Direct(_root, 0, _first), 0);
        }

        var (address, rows, start) = (_root, _rootRows, 0UL);
        while (true)
        {
            var (row, column) = Place(offset - start);
            if (row >= rows)
            {
                throw new InvalidDataException("it is damaged: a name in a group lies outside its heap");
            }

            var index = ((ulong)row * _width) + column;
            var child = new Hdf5Cursor(Indirect(address, start, rows).AsSpan((int)(index * 8))).UInt64();
            start += RowStart(row) + (column * RowSize(row));
            if (row < _directRows)
            {
                return (Direct(child, start, RowSize(row)), start);
            }

            // A block that stands for blocks has as many rows as make up its size. This ends, since start comes ever closer to offset.
            (address, rows) = (child, BitOperations.Log2(RowSize(row)) - BitOperations.Log2(_first * _width) + 1);
        }
    }

    private (int Row, ulong Column) Place(ulong offset)
    {
        var row = offset < _first * _width ? 0 : BitOperations.Log2(offset / (_first * _width)) + 1;
        return (row, (offset - RowStart(row)) / RowSize(row));
    }

    private ulong RowSize(int row) => _first << Math.Max(0, row - 1);

    private ulong RowStart(int row) => row == 0 ? 0 : (_first * _width) << (row - 1);

    /// <summary>The addresses in a block of blocks.</summary>
    private byte[] Indirect(ulong address, ulong start, int rows)
    {
        if (_blocks.TryGetValue(address, out var known))
        {
            return known;
        }

        var header = 5 + 8 + _offsetBytes;
        var whole = _reader.Read(address, (ulong)header + ((ulong)rows * _width * 8) + sizeof(uint));
        Hdf5Checksum.Check(whole);
        Start(whole, "FHIB"u8, start);
        return _blocks[address] = whole[header..^sizeof(uint)];
    }

    /// <summary>A block of objects, with its own header, as offsets count.</summary>
    private byte[] Direct(ulong address, ulong start, ulong size)
    {
        if (_blocks.TryGetValue(address, out var known))
        {
            return known;
        }

        var block = _reader.Read(address, size);
        Start(block, "FHDB"u8, start);
        if (_hasChecksums)
        {
            var field = block.AsSpan(5 + 8 + _offsetBytes, sizeof(uint));
            var expected = BinaryPrimitives.ReadUInt32LittleEndian(field);
            field.Clear();
            if (Hdf5Checksum.Lookup3(block) != expected)
            {
                throw new InvalidDataException("it is damaged: the heap of a group has a wrong checksum");
            }
        }

        return _blocks[address] = block;
    }

    private void Start(ReadOnlySpan<byte> block, ReadOnlySpan<byte> signature, ulong start)
    {
        var cursor = new Hdf5Cursor(block);
        cursor.Expect(signature, version: 0);
        if (cursor.UInt64() != _address || cursor.Number(_offsetBytes) != start)
        {
            throw new InvalidDataException("it is damaged: the heap of a group holds a block of another one");
        }
    }
}
