using System.Runtime.InteropServices;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Features;

/// <summary>What storing features does to their values.</summary>
public static class FeatureRounding
{
    /// <summary>Gives values what writing them to a set and reading them back would give, bit for bit. Thread-safe; allocates nothing.</summary>
    /// <remarks>
    /// To the nearest value of the type, ties to the even one. A finite value beyond the type's range becomes its largest (65,504 for
    /// fp16), since an infinity would make every gradient behind it a NaN; infinities and NaNs stay what they are.
    /// </remarks>
    /// <param name="type">The number type; <see cref="FeatureType.Fp32"/> changes nothing.</param>
    /// <param name="values">Rounded in place.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="type"/> is none of the three.</exception>
    public static void Round(FeatureType type, Span<float> values)
    {
        if (type == FeatureType.Fp32)
        {
            return;
        }

        Span<ushort> packed = stackalloc ushort[1024];
        while (values.Length > 0)
        {
            var part = values[..Math.Min(values.Length, packed.Length)];
            var bytes = MemoryMarshal.AsBytes(packed[..part.Length]);
            PackedFloats.Pack(type, part, bytes);
            PackedFloats.Unpack(type, bytes, part);
            values = values[part.Length..];
        }
    }
}
