using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace DistributedFreeze.Training.Heads;

/// <summary>The kernels of a dense layer have the bits of the loops that they stand for.</summary>
public sealed class DenseKernelsTests
{
    private static readonly int[] Lengths = [1, 15, 16, 128, 129, 144, 160, 272, 512, 2047, 2048, 2064];
    private static readonly int[] Counts = [1, 3, 4, 5, 8, 9, 19];

    public static TheoryData<int, int> Sizes => new(from length in Lengths from count in Counts select (length, count));

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Products_HaveTheBitsOfOneProductAfterAnother(int length, int count)
    {
        const int Rows = 6;
        var (rows, vectors) = (Drawn(Rows * length, 1), Drawn(length * count, 2));
        var products = new float[count * (Rows + 1)];

        DenseKernels.Products(rows, vectors, length, products, distance: Rows + 1);

        for (var vector = 0; vector < count; vector++)
        {
            Assert.Equal(
                Bits(Enumerable.Range(0, Rows).Select(row => TensorPrimitives.Dot<float>(rows.AsSpan(row * length, length), vectors.AsSpan(vector * length, length)))),
                Bits(products[(vector * (Rows + 1))..][..Rows]));
        }
    }

    /// <summary>Another version of the library may add in another order: then the tiles go out of use, and this says so.</summary>
    [Fact]
    public void WhereVectorsAreWide_TilesAreInUse()
    {
        Assert.SkipUnless(Vector512.IsHardwareAccelerated, "The processor has no AVX-512: rows are multiplied one by one.");

        Assert.True(DenseKernels.TilesAreExact);
    }

    [Fact]
    public void Products_OfNothingButNegativeZeros_HaveTheirSign()
    {
        var (rows, vectors, products) = (new float[4 * 256], new float[4 * 256], new float[16]);
        vectors.AsSpan().Fill(-1);

        DenseKernels.Products(rows, vectors, 256, products, distance: 4);

        Assert.Equal(Bits(Enumerable.Repeat(TensorPrimitives.Dot<float>(rows.AsSpan(0, 256), vectors.AsSpan(0, 256)), 16)), Bits(products));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void WeightedSum_HasTheBitsOfOneAdditionAfterAnother(int length, int count)
    {
        var (distance, factors) = (length + 3, Drawn(count, 3));
        var vectors = Drawn(count * distance, 4);
        vectors[0] = -0f;
        var (expected, sum) = (new float[length], Drawn(length, 5));
        for (var i = 0; i < count; i++)
        {
            TensorPrimitives.MultiplyAdd(vectors.AsSpan(i * distance, length), factors[i], expected, expected);
        }

        DenseKernels.WeightedSum(vectors, distance, factors, sum);

        Assert.Equal(Bits(expected), Bits(sum));
    }

    [Fact]
    public void WeightedSum_ReadsNothingBeyondTheVectors() =>
        Assert.ThrowsAny<ArgumentException>(() => DenseKernels.WeightedSum(new float[100], 64, [1, 1], new float[64]));

    /// <summary>Numbers of very different sizes and both signs, so that another order gives other bits.</summary>
    private static float[] Drawn(int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(7) - 3)))];
    }

    private static IEnumerable<uint> Bits(IEnumerable<float> numbers) => numbers.Select(BitConverter.SingleToUInt32Bits);
}
