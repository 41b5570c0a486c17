using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DistributedFreeze.Coordination.Tensors;

namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>A dataset's type and sizes, and where in the file its elements are.</summary>
/// <remarks>
/// Source: HDF5 File Format Specification 3.0, section IV.A.2. Elements that lie in another file, in one of its own or by way of a virtual
/// dataset, are refused here, where nothing has been opened yet. Immutable and thread-safe.
/// </remarks>
internal sealed class Hdf5Dataset
{
    /// <summary>Bytes that a dataset may have where they are not in the file as they are: gzip packs real weights to a half, and zeros to a thousandth.</summary>
    private const ulong AnyFileMayUnpackTo = 16 << 20, ByteMayUnpackTo = 4;

    private const byte Compact = 0;
    private const byte Contiguous = 1;
    private const byte Chunked = 2;
    private const byte Virtual = 3;
    private readonly ReadOnlyMemory<byte> _compact;
    private readonly ulong _address = Hdf5Reader.Nowhere;
    private readonly Hdf5Chunks? _chunks;
    private readonly float _fill;

    private Hdf5Dataset(Hdf5Reader reader, Hdf5ObjectHeader header, ReadOnlySpan<byte> layout)
    {
        Space = Hdf5DataSpace.Parse((header.Find(Hdf5MessageKind.DataSpace) ?? throw Incomplete("size")).Span);
        Type = Hdf5DataType.Parse((header.Find(Hdf5MessageKind.DataType) ?? throw Incomplete("type")).Span);
        var bytes = (UInt128)Space.Elements * Type.Bytes;
        var largest = AnyFileMayUnpackTo + (ByteMayUnpackTo * (ulong)reader.Length);
        _fill = FillOf(header);
        var cursor = new Hdf5Cursor(layout);
        var (version, kind) = (cursor.Byte(), cursor.Byte());
        switch (version, kind)
        {
            case (3 or 4, Virtual):
                throw new InvalidDataException("it is a virtual dataset, whose numbers lie in other files; the weights themselves would be right there");
            case (3 or 4, Compact):
                _compact = cursor.Take(cursor.UInt16()).ToArray();
                largest = (ulong)_compact.Length;
                break;
            case (3 or 4, Contiguous):
                _address = cursor.UInt64();
                largest = _address == Hdf5Reader.Nowhere ? largest : Math.Min((ulong)reader.Length, cursor.UInt64());
                break;
            case (3 or 4, Chunked):
                largest = Math.Min(largest, int.MaxValue);
                _chunks = Type.Name == ElementType.F32 ? ChunksOf(version, ref cursor, Hdf5Filters.Parse(header.Find(Hdf5MessageKind.Filters)), largest) : null;
                break;
            default:
                throw new InvalidDataException($"its elements are laid out in a way (version {version}, class {kind}) that no weight file's are");
        }

        if (bytes > largest)
        {
            throw new InvalidDataException($"it would have {bytes} bytes, more than the {largest} that it can have in this file");
        }

        if (_address != Hdf5Reader.Nowhere)
        {
            reader.Require(_address, (ulong)bytes);
        }
    }

    public Hdf5DataSpace Space { get; }

    public Hdf5DataType Type { get; }

    /// <returns>The dataset that a header describes; null where it describes none.</returns>
    /// <exception cref="InvalidDataException">It is damaged, too large, or not within this file.</exception>
    public static Hdf5Dataset? Of(Hdf5Reader reader, Hdf5ObjectHeader header)
    {
        if (header.Find(Hdf5MessageKind.ExternalFiles) is not null)
        {
            throw new InvalidDataException("its numbers lie in another file (external storage), which can be any file of the machine; the weights themselves would be right there");
        }

        return header.Find(Hdf5MessageKind.Layout) is { } layout ? new(reader, header, layout.Span) : null;
    }

    /// <summary>Reads every element.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="destination">As long as there are elements.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or the elements are no 32-bit floats.</exception>
    public void Read(Hdf5Reader reader, Span<float> destination)
    {
        if (Type.Name != ElementType.F32)
        {
            throw new InvalidDataException($"it has type {Type.Name}; 32-bit floats would be right");
        }

        destination.Fill(_fill);
        if (_chunks is not null)
        {
            _chunks.Read(reader, destination);
        }
        else if (_address != Hdf5Reader.Nowhere)
        {
            reader.ReadData(_address, MemoryMarshal.AsBytes(destination));
        }
        else if (!_compact.IsEmpty)
        {
            _compact.Span[..(destination.Length * sizeof(float))].CopyTo(MemoryMarshal.AsBytes(destination));
        }

        if (Type.IsBigEndian == BitConverter.IsLittleEndian)
        {
            var bits = MemoryMarshal.Cast<float, uint>(destination);
            BinaryPrimitives.ReverseEndianness(bits, bits);
        }
    }

    private Hdf5Chunks ChunksOf(byte version, ref Hdf5Cursor cursor, Hdf5Filters filters, ulong largest)
    {
        if (version == 3)
        {
            var axes = cursor.Byte();
            var tree = cursor.UInt64();
            return new(Space, Sizes(ref cursor, axes, 4), filters, Hdf5ChunkIndex.Tree, tree, default, largest);
        }

        const int PartialsAreUnfiltered = 1, SingleIsFiltered = 2;
        var flags = cursor.Byte();
        if ((flags & PartialsAreUnfiltered) != 0 && filters.Any)
        {
            throw new InvalidDataException("the chunks at its edges are stored in another way than the rest, as no weight file's are");
        }

        var sizes = Sizes(ref cursor, axes: cursor.Byte(), cursor.Byte());
        var index = (Hdf5ChunkIndex)cursor.Byte();
        var single = (Bytes: (ulong)sizes.Aggregate((UInt128)sizeof(float), (product, size) => UInt128.Min(product * size, ulong.MaxValue)), Skipped: 0u);
        switch (index)
        {
            case Hdf5ChunkIndex.Single:
                single = (flags & SingleIsFiltered) != 0 ? (cursor.UInt64(), cursor.UInt32()) : single;
                break;
            case Hdf5ChunkIndex.Implicit:
                break;
            case Hdf5ChunkIndex.FixedArray:
                cursor.Skip(1); // entries of a page, which the array says too
                break;
            default:
                throw new InvalidDataException("its chunks are indexed as those of a dataset that grows without end, as no weight file's are");
        }

        return new(Space, sizes, filters, index, cursor.UInt64(), single, largest);
    }

    /// <summary>Sizes along the axes, without the last, which is the element's size in bytes.</summary>
    private static ImmutableArray<ulong> Sizes(ref Hdf5Cursor cursor, int axes, int width)
    {
        var sizes = ImmutableArray.CreateBuilder<ulong>();
        for (var axis = 0; axis + 1 < axes; axis++)
        {
            sizes.Add(cursor.Number(width));
        }

        return cursor.Number(width) == sizeof(float)
            ? sizes.ToImmutable()
            : throw new InvalidDataException("it is damaged: a dataset and its chunks have elements of different sizes");
    }

    /// <summary>What elements that were never stored are worth; bits in the file's order.</summary>
    private static float FillOf(Hdf5ObjectHeader header)
    {
        if (header.Find(Hdf5MessageKind.Fill) is { } message)
        {
            const int IsDefined = 0x20;
            var cursor = new Hdf5Cursor(message.Span);
            var version = cursor.Byte();
            var defined = version >= 3 ? (cursor.Byte() & IsDefined) != 0 : cursor.Take(3)[2] == 1 || version == 1;
            return defined ? Value(ref cursor) : 0;
        }

        if (header.Find(Hdf5MessageKind.OldFill) is { } old)
        {
            var cursor = new Hdf5Cursor(old.Span);
            return Value(ref cursor);
        }

        return 0;
    }

    private static float Value(ref Hdf5Cursor cursor) => cursor.UInt32() == sizeof(float) ? BitConverter.UInt32BitsToSingle(cursor.UInt32()) : 0;

    private static InvalidDataException Incomplete(string what) => new($"it is damaged: a dataset has no {what}");
}
