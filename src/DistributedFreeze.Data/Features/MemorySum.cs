using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DistributedFreeze.Data.Features;

/// <summary>
/// A sum over bytes in memory that shows whether they are still what they were: after Fletcher, the sum of all words beside the sum of those sums, in as many
/// lanes as the processor adds at once, rotated at each word so that the same bit of two words does not count the same. It is compared within a process only. Pure
/// and thread-safe.
/// </summary>
/// <remarks>
/// It reads as fast as memory does from the first call on. XXH3 does not: as .NET compiles it at first it
/// takes ten times as long, and a short run is over before that changes.
/// See Fletcher, "An Arithmetic Checksum for Serial Transmissions", IEEE Transactions on Communications 30 (1982).
/// </remarks>
internal static class MemorySum
{
    private const ulong Odd = 0x9E3779B97F4A7C15; // 2^64 over the golden ratio, made odd: spreads a lane's bits over the word

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, Vector<ulong>>(bytes);
        var (sum, sums) = (Vector<ulong>.Zero, Vector<ulong>.Zero);
        foreach (var word in words)
        {
            sum = Rotated(sum) + word;
            sums = Rotated(sums) + sum;
        }

        var all = (ulong)bytes.Length;
        for (var lane = 0; lane < Vector<ulong>.Count; lane++)
        {
            all = Mix(Mix(all, sum[lane]), sums[lane]);
        }

        var rest = bytes[(words.Length * Vector<byte>.Count)..];
        foreach (var one in rest)
        {
            all = Mix(all, one);
        }

        return all;
    }

    private static Vector<ulong> Rotated(Vector<ulong> lanes) => (lanes << 1) | (lanes >>> 63);

    // One to one in either argument, so that one that differs is never lost.
    private static ulong Mix(ulong before, ulong next) => BitOperations.RotateLeft((before ^ next) * Odd, 29);
}
