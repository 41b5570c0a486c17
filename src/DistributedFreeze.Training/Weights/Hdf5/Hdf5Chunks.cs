using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>How the chunks of a dataset are found.</summary>
internal enum Hdf5ChunkIndex
{
    /// <summary>By the older tree.</summary>
    Tree = 0,

    /// <summary>There is one.</summary>
    Single = 1,

    /// <summary>One after the other.</summary>
    Implicit = 2,

    /// <summary>By an array of their addresses.</summary>
    FixedArray = 3,
}

/// <summary>Where one chunk is.</summary>
/// <param name="Number">Its place, row by row.</param>
/// <param name="Address">Where it is stored.</param>
/// <param name="Bytes">How long it is there.</param>
/// <param name="Skipped">One bit for each filter that was left out.</param>
internal readonly record struct Hdf5Chunk(int Number, ulong Address, ulong Bytes, uint Skipped);

/// <summary>A dataset's elements in equal chunks, each compressed on its own.</summary>
/// <remarks>Source: HDF5 File Format Specification 3.0, sections IV.A.2.i and VII.C. Chunks, and all of them together, are bounded as the dataset is.</remarks>
internal sealed class Hdf5Chunks
{
    private const int Most = 1 << 16;
    private readonly int[] _dimensions;
    private readonly int[] _chunk;
    private readonly ulong[] _counts;
    private readonly int _bytes;
    private readonly Hdf5Filters _filters;
    private readonly Hdf5ChunkIndex _index;
    private readonly ulong _address;
    private readonly Hdf5Chunk _single;

    /// <param name="space">The dataset's sizes.</param>
    /// <param name="chunk">The sizes of a chunk, as many.</param>
    /// <param name="filters">What chunks went through.</param>
    /// <param name="index">How they are found.</param>
    /// <param name="address">Where the index begins.</param>
    /// <param name="single">For <see cref="Hdf5ChunkIndex.Single"/>, the chunk's size where it is stored and the filters it skipped.</param>
    /// <param name="largest">Bytes that the dataset may have.</param>
    /// <exception cref="InvalidDataException">It would be larger, or the sizes do not fit together.</exception>
    public Hdf5Chunks(
        Hdf5DataSpace space, ImmutableArray<ulong> chunk, Hdf5Filters filters, Hdf5ChunkIndex index, ulong address, (ulong Bytes, uint Skipped) single, ulong largest)
    {
        if (chunk.Length != space.Dimensions.Length || chunk.IsEmpty || chunk.Contains(0ul))
        {
            throw new InvalidDataException("it is damaged: a dataset and its chunks have different axes");
        }

        // Where a chunk is counts by what the dataset may grow to, except in a tree.
        var counted = index == Hdf5ChunkIndex.Tree ? space.Dimensions : space.Most;
        var (all, count, bytes) = ((UInt128)sizeof(float), (UInt128)1, (UInt128)sizeof(float));
        foreach (var (axis, size) in chunk.Index())
        {
            bytes *= size;
            all *= ((UInt128)space.Dimensions[axis] + size - 1) / size * size;
            count *= ((UInt128)counted[axis] + size - 1) / size;
            if (size > int.MaxValue || all > largest || bytes > largest)
            {
                throw new InvalidDataException($"its chunks would have more than the {largest} bytes that it can have in this file");
            }

            if (count > Most)
            {
                throw new InvalidDataException($"it is cut into more than {Most} chunks");
            }
        }

        (_dimensions, _chunk, _bytes) = ([.. space.Dimensions.Select(size => (int)size)], [.. chunk.Select(size => (int)size)], (int)bytes);
        _counts = [.. counted.Select((size, axis) => (size + chunk[axis] - 1) / chunk[axis])];
        (_filters, _index, _address, _single) = (filters, index, address, new(0, address, single.Bytes, single.Skipped));
    }

    /// <summary>Reads the chunks that are stored into place.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public void Read(Hdf5Reader reader, Span<float> destination)
    {
        if (_address == Hdf5Reader.Nowhere || destination.IsEmpty)
        {
            return;
        }

        var seen = new HashSet<int>();
        foreach (var chunk in Stored(reader))
        {
            if (!seen.Add(chunk.Number))
            {
                throw new InvalidDataException("it is damaged: a chunk is stored twice");
            }

            // What gzip cannot make smaller it makes longer by less than a hundredth.
            var longest = _filters.Any ? (ulong)_bytes + ((ulong)_bytes / 64) + 1024 : (ulong)_bytes;
            if (chunk.Bytes > longest)
            {
                throw new InvalidDataException($"it is damaged: a chunk of {_bytes} bytes would take {chunk.Bytes}");
            }

            reader.Require(chunk.Address, chunk.Bytes);
            var stored = new byte[chunk.Bytes];
            reader.ReadData(chunk.Address, stored);
            Place(MemoryMarshal.Cast<byte, float>(_filters.Undo(stored, chunk.Skipped, _bytes)), chunk.Number, destination);
        }
    }

    private IEnumerable<Hdf5Chunk> Stored(Hdf5Reader reader) => _index switch
    {
        Hdf5ChunkIndex.Tree => InTree(reader),
        Hdf5ChunkIndex.Single => [_single],
        Hdf5ChunkIndex.Implicit => Enumerable.Range(0, Count()).Select(number => new Hdf5Chunk(number, _address + ((ulong)number * (ulong)_bytes), (ulong)_bytes, 0)),
        _ => Hdf5FixedArray.Chunks(reader, _address, Count(), _filters.Any, (ulong)_bytes),
    };

    private int Count() => (int)_counts.Aggregate(1ul, (product, count) => product * count);

    private IEnumerable<Hdf5Chunk> InTree(Hdf5Reader reader)
    {
        foreach (var (key, address) in Hdf5BTreeV1.Leaves(reader, _address, Hdf5BTreeV1.OfChunks, 8 + (8 * (_chunk.Length + 1))))
        {
            yield return FromKey(key.Span, address);
        }
    }

    private Hdf5Chunk FromKey(ReadOnlySpan<byte> key, ulong address)
    {
        var cursor = new Hdf5Cursor(key);
        var (bytes, skipped, number) = (cursor.UInt32(), cursor.UInt32(), 0ul);
        for (var axis = 0; axis < _chunk.Length; axis++)
        {
            var start = cursor.UInt64();
            if (start >= (ulong)_dimensions[axis] || start % (ulong)_chunk[axis] != 0)
            {
                throw new InvalidDataException("it is damaged: a chunk lies outside its dataset");
            }

            number = (number * _counts[axis]) + (start / (ulong)_chunk[axis]);
        }

        return new((int)number, address, bytes, skipped);
    }

    /// <summary>Copies what of a chunk lies within the dataset, row by row.</summary>
    private void Place(ReadOnlySpan<float> values, int number, Span<float> destination)
    {
        var axes = _chunk.Length;
        var (start, extent, at) = (new int[axes], new int[axes], new int[axes]);
        for (var (axis, left) = (axes - 1, (ulong)number); axis >= 0; axis--)
        {
            start[axis] = (int)Math.Min(left % _counts[axis] * (ulong)_chunk[axis], int.MaxValue);
            left /= _counts[axis];
            extent[axis] = Math.Min(_chunk[axis], _dimensions[axis] - start[axis]);
            if (extent[axis] <= 0)
            {
                return; // room to grow into
            }
        }

        for (var axis = axes - 1; axis >= 0;)
        {
            var (from, to) = (0, 0);
            for (var i = 0; i < axes; i++)
            {
                (from, to) = ((from * _chunk[i]) + at[i], (to * _dimensions[i]) + start[i] + at[i]);
            }

            values.Slice(from, extent[^1]).CopyTo(destination[to..]);
            for (axis = axes - 2; axis >= 0 && ++at[axis] == extent[axis]; axis--)
            {
                at[axis] = 0;
            }
        }
    }
}
