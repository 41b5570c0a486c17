using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace DistributedFreeze.Data;

/// <summary>Random numbers that depend on a key alone: the same on every machine, in every version, whoever asks first.</summary>
/// <remarks>
/// <para>Specified here, unlike <see cref="Random"/>, whose algorithm is not promised: xoshiro256** 1.0 (Blackman and Vigna, 2018), its
/// four words of state the SHA-256 of the key (seed, a and b in 8 bytes each and the purpose in UTF-8, all little-endian). Use a purpose of your own ("dropout", "first weights") and two numbers (epoch, image).</para>
/// <para>Not thread-safe; make one where it is needed, which costs about a microsecond.</para>
/// </remarks>
public sealed class KeyedRandom
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;
    private double? _spareNormal;

    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">What the numbers are for; another purpose gives other numbers.</param>
    /// <param name="a">First part of the key, such as the epoch.</param>
    /// <param name="b">Second part of the key, such as the image or shard.</param>
    public KeyedRandom(long seed, string purpose, long a = 0, long b = 0)
    {
        var name = Encoding.UTF8.GetBytes(purpose);
        var key = new byte[24 + name.Length];
        BinaryPrimitives.WriteInt64LittleEndian(key, seed);
        BinaryPrimitives.WriteInt64LittleEndian(key.AsSpan(8), a);
        BinaryPrimitives.WriteInt64LittleEndian(key.AsSpan(16), b);
        name.CopyTo(key, 24);

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, digest);
        _s0 = BinaryPrimitives.ReadUInt64LittleEndian(digest);
        _s1 = BinaryPrimitives.ReadUInt64LittleEndian(digest[8..]);
        _s2 = BinaryPrimitives.ReadUInt64LittleEndian(digest[16..]);
        _s3 = BinaryPrimitives.ReadUInt64LittleEndian(digest[24..]);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A whole number from 0 up to but not including <paramref name="limit"/>, each as likely (Lemire, 2019).</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is less than 1.</exception>
    public int NextBelow(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var range = (ulong)limit;
        var high = Math.BigMul(NextUInt64(), range, out ulong low);
        if (low < range)
        {
            // The last, incomplete part of the 2^64 values would favour some numbers.
            var rejected = (0 - range) % range;
            while (low < rejected)
            {
                high = Math.BigMul(NextUInt64(), range, out low);
            }
        }

        return (int)high;
    }

    /// <summary>From 0 up to but not including 1, a multiple of 2^-53.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>From 0 up to but not including 1, a multiple of 2^-24.</summary>
    public float NextSingle() => (NextUInt64() >> 40) * (1f / (1 << 24));

    /// <summary>A normally distributed number, mean 0 and deviation 1 (Marsaglia's polar method).</summary>
    /// <remarks>The same bits on every machine: the square root is exact by IEEE 754, and the logarithm is our own.</remarks>
    public double NextNormal()
    {
        if (_spareNormal is { } spare)
        {
            _spareNormal = null;
            return spare;
        }

        double x, y, square;
        do
        {
            x = (2 * NextDouble()) - 1;
            y = (2 * NextDouble()) - 1;
            square = (x * x) + (y * y);
        }
        while (square is >= 1 or 0);

        var factor = Math.Sqrt(-2 * ExactLogarithm.Of(square) / square);
        _spareNormal = y * factor;
        return x * factor;
    }

    /// <summary>A number from 0 to 1 by the Beta distribution whose two parameters are equal (Jöhnk, 1964).</summary>
    /// <remarks>The same bits on every machine. For large parameters most draws are rejected: 1 of 2 is taken for 1, 1 of 70 for 4.</remarks>
    /// <param name="alpha">Both parameters, above 0: near 0 most numbers are near 0 or 1, with 1 each is as likely, above 1 most are near a half.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is not above 0.</exception>
    public double NextBeta(double alpha)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        while (true)
        {
            // x = u^(1/alpha) and y = v^(1/alpha), where their sum is at most 1, give x / (x + y); 1 - NextDouble() is never 0.
            var (x, y) = (ExactLogarithm.Of(1 - NextDouble()) / alpha, ExactLogarithm.Of(1 - NextDouble()) / alpha);
            if (ExactExponential.OfAny(x) + ExactExponential.OfAny(y) <= 1)
            {
                return 1 / (1 + ExactExponential.OfAny(y - x));
            }
        }
    }

    /// <summary>Puts the items into random order, each order as likely (Fisher and Yates, from the last item down).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = NextBelow(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
