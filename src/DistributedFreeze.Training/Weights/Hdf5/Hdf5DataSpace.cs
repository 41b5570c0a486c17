using System.Collections.Immutable;

namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>How many elements there are, along which axes.</summary>
/// <param name="Dimensions">Sizes, outermost first; empty for a single element.</param>
/// <param name="Most">What each may grow to; as <paramref name="Dimensions"/> where nothing else is said.</param>
/// <remarks>Source: HDF5 File Format Specification 3.0, section IV.A.2.b.</remarks>
internal readonly record struct Hdf5DataSpace(ImmutableArray<ulong> Dimensions, ImmutableArray<ulong> Most)
{
    private const int MostAxes = 32;

    /// <summary>Number of elements.</summary>
    /// <exception cref="InvalidDataException">There are more than an array holds.</exception>
    public ulong Elements
    {
        get
        {
            UInt128 elements = 1;
            foreach (var size in Dimensions)
            {
                elements *= size;
                if (size > int.MaxValue || elements > (UInt128)Array.MaxLength)
                {
                    throw new InvalidDataException("a tensor in it is impossibly large");
                }
            }

            return (ulong)elements;
        }
    }

    public static Hdf5DataSpace Parse(ReadOnlySpan<byte> message)
    {
        const int HasMost = 1, None = 2;
        var cursor = new Hdf5Cursor(message);
        var (version, axes, flags, kind) = (cursor.Byte(), cursor.Byte(), cursor.Byte(), cursor.Byte());
        if (version is not (1 or 2) || axes > MostAxes)
        {
            throw new InvalidDataException($"it is damaged: a dataspace has version {version} and {axes} axes");
        }

        cursor.Skip(version == 1 ? 4u : 0);
        var dimensions = version == 2 && kind == None ? [0] : Sizes(ref cursor, axes);
        var most = (flags & HasMost) != 0 && dimensions.Length == axes ? Sizes(ref cursor, axes) : dimensions;
        return !dimensions.Zip(most).Any(axis => axis.First > axis.Second)
            ? new(dimensions, most)
            : throw new InvalidDataException("it is damaged: a dataset is larger than it may become");
    }

    private static ImmutableArray<ulong> Sizes(ref Hdf5Cursor cursor, int axes)
    {
        var sizes = new ulong[axes];
        foreach (ref var size in sizes.AsSpan())
        {
            size = cursor.UInt64();
        }

        return [.. sizes];
    }
}
