using System.Buffers.Binary;
using System.Security.Cryptography;

namespace DistributedFreeze.Evaluation;

/// <summary>Where 95 % of a bootstrap's accuracies lie. Immutable and thread-safe.</summary>
/// <remarks>
/// <para>Efron's percentile interval (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, ch. 13) from
/// <see cref="Resamples"/> resamples. In a resample of n images, each drawn from the n of which c were answered right, the number of right ones is binomially
/// distributed (n, c/n); it is drawn as such, which takes one random number in place of n and is the same bootstrap.</para>
/// <para>Random numbers follow from the seed alone, and everything computed from them are sums, products and quotients: the same interval on every machine.</para>
/// <para>It says how much another sample of as many images would change the accuracy. With every image right, or none, all resamples agree and the
/// interval has no width; Wilson's score interval, which needs no resamples, does not collapse there. At 86 % of 200 images both are within half a point.</para>
/// </remarks>
/// <param name="Low">The 2.5th percentile, 0 to 1.</param>
/// <param name="High">The 97.5th percentile, 0 to 1.</param>
public readonly record struct AccuracyInterval(double Low, double High)
{
    /// <summary>Number of resamples.</summary>
    public const int Resamples = 10_000;

    /// <summary>Share of the resamples that lie within.</summary>
    public const double Level = 0.95;

    private const int NumbersPerHash = SHA256.HashSizeInBytes / sizeof(ulong);

    /// <summary>The interval for a share of right answers.</summary>
    /// <param name="correct">Images that were answered right, 0 to <paramref name="images"/>.</param>
    /// <param name="images">All images, at least 1.</param>
    /// <param name="seed">Key of the random numbers.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static AccuracyInterval Of(long correct, long images, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(images, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(images, Array.MaxLength - 1);
        ArgumentOutOfRangeException.ThrowIfNegative(correct);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(correct, images);
        if (correct == 0 || correct == images)
        {
            return correct == 0 ? new(0, 0) : new(1, 1);
        }

        var cumulative = Cumulative(correct, (int)images);
        var drawn = new int[Resamples];
        for (var i = 0; i < drawn.Length; i += NumbersPerHash)
        {
            Draw(seed, i / NumbersPerHash, cumulative, drawn.AsSpan(i, Math.Min(NumbersPerHash, drawn.Length - i)));
        }

        Array.Sort(drawn);
        return new(Percentile(drawn, (1 - Level) / 2) / images, Percentile(drawn, (1 + Level) / 2) / images);
    }

    /// <returns>For each number of right images, how likely that many or fewer are; up to a common factor, the last entry.</returns>
    private static double[] Cumulative(long correct, int images)
    {
        // From the likeliest number, which is the share's own, each neighbour's probability follows by a ratio.
        var weights = new double[images + 1];
        var (mode, odds) = ((int)correct, (double)correct / (images - correct));
        weights[mode] = 1;
        for (var k = mode; k < images; k++)
        {
            weights[k + 1] = weights[k] * (images - k) / (k + 1) * odds;
        }

        for (var k = mode; k > 0; k--)
        {
            weights[k - 1] = weights[k] * k / (images - k + 1) / odds;
        }

        for (var k = 1; k <= images; k++)
        {
            weights[k] += weights[k - 1];
        }

        return weights;
    }

    private static void Draw(long seed, long block, double[] cumulative, Span<int> drawn)
    {
        var key = new byte[2 * sizeof(long) + Purpose.Length];
        BinaryPrimitives.WriteInt64LittleEndian(key, seed);
        BinaryPrimitives.WriteInt64LittleEndian(key.AsSpan(sizeof(long)), block);
        Purpose.CopyTo(key.AsSpan(2 * sizeof(long)));
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, digest);
        for (var i = 0; i < drawn.Length; i++)
        {
            var uniform = (BinaryPrimitives.ReadUInt64LittleEndian(digest[(i * sizeof(ulong))..]) >> 11) * (1.0 / (1UL << 53));
            drawn[i] = FirstAbove(cumulative, uniform * cumulative[^1]);
        }
    }

    private static ReadOnlySpan<byte> Purpose => "bootstrap of the accuracy"u8;

    private static int FirstAbove(double[] cumulative, double threshold)
    {
        var (low, high) = (0, cumulative.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = cumulative[middle] > threshold ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    /// <summary>Interpolated between neighbours, as NumPy's <c>percentile</c>.</summary>
    private static double Percentile(int[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        return sorted[below] + ((place - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
    }
}
