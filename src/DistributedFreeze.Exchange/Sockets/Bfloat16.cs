using System.Numerics;
using System.Runtime.InteropServices;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>Rounds to bfloat16: to nearest, ties to even; not-a-number stays one.</summary>
internal static class Bfloat16
{
    private const ushort NotANumber = 0x7FC0;

    /// <param name="values">What is rounded.</param>
    /// <param name="rounded">As long as <paramref name="values"/>.</param>
    public static void Narrow(ReadOnlySpan<float> values, Span<ushort> rounded)
    {
        var bits = MemoryMarshal.Cast<float, uint>(values);
        var i = 0;
        for (; i <= values.Length - (2 * Vector<uint>.Count); i += 2 * Vector<uint>.Count)
        {
            var low = Round(new Vector<uint>(bits[i..]));
            var high = Round(new Vector<uint>(bits[(i + Vector<uint>.Count)..]));
            Vector.Narrow(low, high).CopyTo(rounded[i..]);
        }

        for (; i < values.Length; i++)
        {
            rounded[i] = float.IsNaN(values[i]) ? NotANumber : (ushort)((bits[i] + 0x7FFF + ((bits[i] >> 16) & 1)) >> 16);
        }
    }

    /// <param name="rounded">Rounded numbers.</param>
    /// <param name="values">As long as <paramref name="rounded"/>.</param>
    public static void Widen(ReadOnlySpan<ushort> rounded, Span<float> values)
    {
        var bits = MemoryMarshal.Cast<float, uint>(values);
        var i = 0;
        for (; i <= rounded.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(rounded[i..]), out var low, out var high);
            (low << 16).CopyTo(bits[i..]);
            (high << 16).CopyTo(bits[(i + Vector<uint>.Count)..]);
        }

        for (; i < rounded.Length; i++)
        {
            bits[i] = (uint)rounded[i] << 16;
        }
    }

    private static Vector<uint> Round(Vector<uint> bits)
    {
        var rounded = (bits + new Vector<uint>(0x7FFF) + ((bits >> 16) & Vector<uint>.One)) >> 16;
        var value = Vector.AsVectorSingle(bits);
        return Vector.ConditionalSelect(Vector.AsVectorUInt32(Vector.Equals(value, value)), rounded, new Vector<uint>(NotANumber));
    }
}
