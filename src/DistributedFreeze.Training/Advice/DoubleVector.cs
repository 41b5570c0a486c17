using System.Runtime.Intrinsics;

namespace DistributedFreeze.Training.Advice;

/// <summary>Sums over doubles in one order of addition on every machine, four lanes at a time. Pure and thread-safe.</summary>
/// <remarks>Sums as wide as the processor allows would depend on the processor.</remarks>
internal static class DoubleVector
{
    /// <summary>Sum of products.</summary>
    /// <param name="one">As long as <paramref name="other"/>.</param>
    /// <param name="other">As long as <paramref name="one"/>.</param>
    public static double Dot(ReadOnlySpan<double> one, ReadOnlySpan<double> other)
    {
        var (first, second) = (Vector256<double>.Zero, Vector256<double>.Zero);
        var lanes = Vector256<double>.Count;
        var i = 0;
        for (; i <= one.Length - (2 * lanes); i += 2 * lanes)
        {
            first += Vector256.Create(one.Slice(i, lanes)) * Vector256.Create(other.Slice(i, lanes));
            second += Vector256.Create(one.Slice(i + lanes, lanes)) * Vector256.Create(other.Slice(i + lanes, lanes));
        }

        var sum = Vector256.Sum(first + second);
        for (; i < one.Length; i++)
        {
            sum += one[i] * other[i];
        }

        return sum;
    }

    /// <summary>Adds a multiple of one vector to another.</summary>
    /// <param name="factor">What <paramref name="values"/> is multiplied by.</param>
    /// <param name="values">As long as <paramref name="sum"/>.</param>
    /// <param name="sum">Receives the sum.</param>
    public static void AddMultiple(double factor, ReadOnlySpan<double> values, Span<double> sum)
    {
        var lanes = Vector256<double>.Count;
        var factors = Vector256.Create(factor);
        var i = 0;
        for (; i <= values.Length - lanes; i += lanes)
        {
            var to = sum.Slice(i, lanes);
            (Vector256.Create((ReadOnlySpan<double>)to) + (factors * Vector256.Create(values.Slice(i, lanes)))).CopyTo(to);
        }

        for (; i < values.Length; i++)
        {
            sum[i] += factor * values[i];
        }
    }
}
