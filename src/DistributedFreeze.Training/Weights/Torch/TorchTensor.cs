using System.Collections.Immutable;

namespace DistributedFreeze.Training.Weights.Torch;

/// <summary>A tensor of a checkpoint: a view of a storage, of which every element lies within it.</summary>
/// <param name="Storage">What holds its numbers.</param>
/// <param name="Offset">The storage's element that is its first.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Strides">Elements of the storage from one index to the next, for each of <paramref name="Shape"/>.</param>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, ImmutableArray<long> Shape, ImmutableArray<long> Strides)
{
    /// <summary>Number of elements; never more than the storage has.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>Elements of the storage from the first to the last, both included; 0 for a tensor without any.</summary>
    public long Span => Elements == 0 ? 0 : 1 + Shape.Zip(Strides, (size, stride) => (size - 1) * stride).Sum();

    /// <summary>Whether its elements lie one after another in the order of its indices.</summary>
    public bool IsContiguous
    {
        get
        {
            var expected = 1L;
            for (var axis = Shape.Length - 1; axis >= 0; axis--)
            {
                if (Shape[axis] != 1 && Strides[axis] != expected)
                {
                    return false;
                }

                expected *= Shape[axis];
            }

            return true;
        }
    }

    /// <summary>Checks what a checkpoint says of a tensor.</summary>
    /// <exception cref="InvalidDataException">It would reach beyond its storage, or repeat elements of it.</exception>
    public static TorchTensor Checked(TorchStorage storage, long offset, ImmutableArray<long> shape, ImmutableArray<long> strides)
    {
        // Factors below 2^63, and products that are checked before the next: UInt128 holds both.
        UInt128 elements = 1, last = 0;
        if (shape.Length != strides.Length || offset < 0 || shape.Any(size => size < 0) || strides.Any(stride => stride < 0))
        {
            throw Beyond();
        }

        // One without elements needs no storage; its other sizes are multiplied all the same.
        var isEmpty = shape.Contains(0);
        var most = (UInt128)(isEmpty ? int.MaxValue : storage.Elements);
        foreach (var (size, stride) in shape.Zip(strides))
        {
            elements *= (UInt128)Math.Max(1, size);
            last += (UInt128)Math.Max(0, size - 1) * (UInt128)stride;
            if (elements > most || (last > most && !isEmpty))
            {
                throw Beyond();
            }
        }

        return isEmpty || (UInt128)offset + last < (UInt128)storage.Elements ? new(storage, offset, shape, strides) : throw Beyond();

        static InvalidDataException Beyond() => new("it is damaged: a tensor would reach beyond its storage, or repeat elements of it");
    }

    /// <summary>Puts its elements in the order of its indices.</summary>
    /// <param name="span">The <see cref="Span"/> elements of the storage from its first on.</param>
    /// <param name="destination">Receives <see cref="Elements"/> numbers.</param>
    public void Gather(ReadOnlySpan<float> span, Span<float> destination)
    {
        var index = new long[Shape.Length];
        var at = 0L;
        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = span[(int)at];
            for (var axis = Shape.Length - 1; axis >= 0; axis--)
            {
                at += Strides[axis];
                if (++index[axis] < Shape[axis])
                {
                    break;
                }

                at -= Strides[axis] * Shape[axis];
                index[axis] = 0;
            }
        }
    }
}
