using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace DistributedFreeze.Specs.Sweeps;

/// <summary>Which values the trials of a sweep take, as places from 0 up to but not including 1 in each variable. Pure and thread-safe.</summary>
internal static class SweepPoints
{
    private const string Purpose = "sweep";

    /// <summary>Independent, uniform places: SHA-256 of seed, trial, variable and purpose, its first 53 bits. The same on every machine and in every version.</summary>
    /// <param name="seed">The sweep's.</param>
    /// <param name="trial">From 0.</param>
    /// <param name="variables">How many.</param>
    public static ImmutableArray<double> Random(int seed, int trial, int variables) => [.. Enumerable.Range(0, variables).Select(variable => Uniform(seed, trial, variable))];

    /// <summary>Places that fill the whole space evenly however many are taken: the additive recurrence R_d, shifted at random.</summary>
    /// <remarks>
    /// Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences" (2018): multiples of 1/g, 1/g², ... modulo 1, where g is the root above 1 of
    /// g^(d+1) = g + 1. The shift is that of Cranley and Patterson, "Randomization of number theoretic methods for multiple integration" (1976).
    /// </remarks>
    /// <inheritdoc cref="Random"/>
    public static ImmutableArray<double> QuasiRandom(int seed, int trial, int variables)
    {
        var root = Root(variables);
        var (places, step) = (ImmutableArray.CreateBuilder<double>(variables), 1.0);
        for (var variable = 0; variable < variables; variable++)
        {
            step /= root;
            var place = Uniform(seed, -1, variable) + (trial + 1) * step;
            places.Add(place - Math.Floor(place));
        }

        return places.MoveToImmutable();
    }

    /// <summary>Every combination, the last variable changing fastest.</summary>
    /// <param name="counts">Values of each variable, at least 1.</param>
    /// <returns>The number of the value of each.</returns>
    public static IEnumerable<ImmutableArray<int>> Grid(ImmutableArray<int> counts)
    {
        var all = counts.Aggregate(1L, (product, count) => product * count);
        for (var number = 0L; number < all; number++)
        {
            var rest = number;
            var values = new int[counts.Length];
            for (var variable = counts.Length - 1; variable >= 0; variable--)
            {
                (rest, values[variable]) = (rest / counts[variable], (int)(rest % counts[variable]));
            }

            yield return [.. values];
        }
    }

    /// <summary>By Newton's method, which falls towards the root from 2.</summary>
    private static double Root(int variables)
    {
        var root = 2.0;
        for (var i = 0; i < 64; i++)
        {
            var power = Math.Pow(root, variables);
            root -= (power * root - root - 1) / ((variables + 1) * power - 1);
        }

        return root;
    }

    private static double Uniform(int seed, int trial, int variable)
    {
        var purpose = Encoding.UTF8.GetBytes(Purpose);
        var key = new byte[12 + purpose.Length];
        BinaryPrimitives.WriteInt32LittleEndian(key, seed);
        BinaryPrimitives.WriteInt32LittleEndian(key.AsSpan(4), trial);
        BinaryPrimitives.WriteInt32LittleEndian(key.AsSpan(8), variable);
        purpose.CopyTo(key, 12);
        return (BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(key)) >> 11) * (1.0 / (1UL << 53));
    }
}
