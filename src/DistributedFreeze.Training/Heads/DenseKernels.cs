using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DistributedFreeze.Training.Heads;

/// <summary>The two products of a dense layer, for a row of its weights at a time and several images at once.</summary>
/// <remarks>
/// Every number has the bits of a loop over the images with <see cref="TensorPrimitives"/>; what is saved is reading the row once for each image, and waiting for
/// one addition before the next. Pure.
/// </remarks>
internal static class DenseKernels
{
    private const int Together = 4;

    /// <summary>Asked once in a process: another version of the library, or another compiler, may add in another order, and then the library alone is right.</summary>
    public static readonly bool TilesAreExact = Vector512.IsHardwareAccelerated && AreTilesExact(2048) && AreTilesExact(144);

    /// <summary>The products of several rows with several vectors.</summary>
    /// <param name="rows">One row after another.</param>
    /// <param name="vectors">One vector after another.</param>
    /// <param name="length">Elements of a row, and of a vector; at least 1.</param>
    /// <param name="products">Receives the product of each row with each vector, as <see cref="TensorPrimitives.Dot{T}"/> has it.</param>
    /// <param name="distance">From where a vector's products with all rows lie to those of the next one.</param>
    public static void Products(ReadOnlySpan<float> rows, ReadOnlySpan<float> vectors, int length, Span<float> products, int distance)
    {
        var (rowCount, vectorCount) = (rows.Length / length, vectors.Length / length);
        var isWide = TilesAreExact && length > Vector512<float>.Count * 8 && length % Vector512<float>.Count == 0;
        var (tiledRows, tiledVectors) = isWide ? (rowCount / Together * Together, vectorCount / Together * Together) : (0, 0);
        for (var row = 0; row < tiledRows; row += Together)
        {
            for (var vector = 0; vector < tiledVectors; vector += Together)
            {
                Tile(
                    rows.Slice(row * length, Together * length), vectors.Slice(vector * length, Together * length), length,
                    products.Slice(vector * distance + row, (Together - 1) * distance + Together), distance);
            }
        }

        for (var row = 0; row < rowCount; row++)
        {
            for (var vector = row < tiledRows ? tiledVectors : 0; vector < vectorCount; vector++)
            {
                products[vector * distance + row] = TensorPrimitives.Dot(rows.Slice(row * length, length), vectors.Slice(vector * length, length));
            }
        }
    }

    /// <summary>The sum of several vectors, each times a factor, added to zeros in their order: each product is rounded before it is added.</summary>
    /// <param name="vectors">The first vector's first element that counts; the others follow at a distance.</param>
    /// <param name="distance">From a vector to the next.</param>
    /// <param name="factors">One for each vector.</param>
    /// <param name="sum">Receives the sum.</param>
    public static void WeightedSum(ReadOnlySpan<float> vectors, int distance, ReadOnlySpan<float> factors, Span<float> sum)
    {
        var done = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            var width = Vector512<float>.Count;
            _ = factors.IsEmpty || vectors.Slice((factors.Length - 1) * distance, sum.Length).IsEmpty; // so that no load leaves the vectors
            ref var first = ref MemoryMarshal.GetReference(vectors);
            for (; done + 4 * width <= sum.Length; done += 4 * width)
            {
                var (a, b, c, d) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
                for (var i = 0; i < factors.Length; i++)
                {
                    var factor = Vector512.Create(factors[i]);
                    var at = (nuint)(i * distance + done);
                    a += Vector512.LoadUnsafe(ref first, at) * factor;
                    b += Vector512.LoadUnsafe(ref first, at + (nuint)width) * factor;
                    c += Vector512.LoadUnsafe(ref first, at + (nuint)(2 * width)) * factor;
                    d += Vector512.LoadUnsafe(ref first, at + (nuint)(3 * width)) * factor;
                }

                a.CopyTo(sum[done..]);
                b.CopyTo(sum[(done + width)..]);
                c.CopyTo(sum[(done + 2 * width)..]);
                d.CopyTo(sum[(done + 3 * width)..]);
            }
        }

        var rest = sum[done..];
        rest.Clear();
        for (var i = 0; i < factors.Length && !rest.IsEmpty; i++)
        {
            TensorPrimitives.MultiplyAdd(vectors.Slice(i * distance + done, rest.Length), factors[i], rest, rest);
        }
    }

    /// <summary>
    /// The products of four rows with four vectors, each in the order of <see cref="TensorPrimitives.Dot{T}"/>: the first sixteen elements are added behind all whole
    /// blocks of 128 that follow them.
    /// </summary>
    private static void Tile(ReadOnlySpan<float> rows, ReadOnlySpan<float> vectors, int length, Span<float> products, int distance)
    {
        var width = Vector512<float>.Count;
        var (count, late) = (length / width, (length / width - 1) / 8 * 8);
        _ = rows[Together * length - 1]; // so that no load leaves the rows
        _ = vectors[Together * length - 1];
        ref var r0 = ref MemoryMarshal.GetReference(rows);
        ref var r1 = ref Unsafe.Add(ref r0, length);
        ref var r2 = ref Unsafe.Add(ref r1, length);
        ref var r3 = ref Unsafe.Add(ref r2, length);
        ref var v0 = ref MemoryMarshal.GetReference(vectors);
        ref var v1 = ref Unsafe.Add(ref v0, length);
        ref var v2 = ref Unsafe.Add(ref v1, length);
        ref var v3 = ref Unsafe.Add(ref v2, length);
        Vector512<float> s00 = default, s01 = default, s02 = default, s03 = default, s10 = default, s11 = default, s12 = default, s13 = default;
        Vector512<float> s20 = default, s21 = default, s22 = default, s23 = default, s30 = default, s31 = default, s32 = default, s33 = default;
        for (var step = 0; step < count; step++)
        {
            var at = (nuint)((step < late ? step + 1 : step == late ? 0 : step) * width);
            var (a, b) = (Vector512.LoadUnsafe(ref r0, at), Vector512.LoadUnsafe(ref r1, at));
            var (c, d) = (Vector512.LoadUnsafe(ref r2, at), Vector512.LoadUnsafe(ref r3, at));
            var vector = Vector512.LoadUnsafe(ref v0, at);
            s00 += a * vector;
            s10 += b * vector;
            s20 += c * vector;
            s30 += d * vector;
            vector = Vector512.LoadUnsafe(ref v1, at);
            s01 += a * vector;
            s11 += b * vector;
            s21 += c * vector;
            s31 += d * vector;
            vector = Vector512.LoadUnsafe(ref v2, at);
            s02 += a * vector;
            s12 += b * vector;
            s22 += c * vector;
            s32 += d * vector;
            vector = Vector512.LoadUnsafe(ref v3, at);
            s03 += a * vector;
            s13 += b * vector;
            s23 += c * vector;
            s33 += d * vector;
        }

        Store(s00, s10, s20, s30, products);
        Store(s01, s11, s21, s31, products[distance..]);
        Store(s02, s12, s22, s32, products[(2 * distance)..]);
        Store(s03, s13, s23, s33, products[(3 * distance)..]);
    }

    private static bool AreTilesExact(int length)
    {
        var (rows, vectors, tile) = (new float[Together * length], new float[Together * length], new float[Together * Together]);
        for (var i = 0; i < rows.Length; i++)
        {
            (rows[i], vectors[i]) = ((i * 7919 % 1000 - 500) / 331f, (i * 104729 % 1000 - 400) / 173f); // of both signs, and every sum rounds
        }

        Tile(rows, vectors, length, tile, Together);
        for (var i = 0; i < tile.Length; i++)
        {
            var dot = TensorPrimitives.Dot<float>(rows.AsSpan(i % Together * length, length), vectors.AsSpan(i / Together * length, length));
            if (BitConverter.SingleToInt32Bits(dot) != BitConverter.SingleToInt32Bits(tile[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What is left of a row that is no whole number of vectors is nothing here, but it is added, too.</summary>
    private static void Store(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, Span<float> products)
    {
        products[0] = Vector512.Sum(a + Vector512<float>.Zero);
        products[1] = Vector512.Sum(b + Vector512<float>.Zero);
        products[2] = Vector512.Sum(c + Vector512<float>.Zero);
        products[3] = Vector512.Sum(d + Vector512<float>.Zero);
    }
}
