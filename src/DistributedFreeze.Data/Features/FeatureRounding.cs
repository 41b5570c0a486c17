using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Features;

/// <summary>What storing features does to their values. Thread-safe; allocates nothing.</summary>
public static class FeatureRounding
{
    /// <summary>Gives values what writing them to a set and reading them back would give, bit for bit.</summary>
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
            Pack(type, part, bytes);
            Unpack(type, bytes, part);
            values = values[part.Length..];
        }
    }

    /// <summary>Bytes of one value.</summary>
    internal static int ElementBytes(FeatureType type) => type == FeatureType.Fp32 ? sizeof(float) : sizeof(ushort);

    /// <summary>Rounds values to a type of 16 bits and packs them, in the machine's byte order.</summary>
    internal static void Pack(FeatureType type, ReadOnlySpan<float> values, Span<byte> packed)
    {
        switch (type)
        {
            case FeatureType.Fp16:
                TensorPrimitives.ConvertToHalf(values, MemoryMarshal.Cast<byte, Half>(packed));
                Saturate(values, MemoryMarshal.Cast<byte, ushort>(packed), infinity: 0x7C00);
                break;
            case FeatureType.Bf16:
                Bfloat16.Narrow(values, MemoryMarshal.Cast<byte, ushort>(packed));
                Saturate(values, MemoryMarshal.Cast<byte, ushort>(packed), infinity: 0x7F80);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "is no feature type of 16 bits");
        }
    }

    /// <summary>The values that packed bytes stand for.</summary>
    internal static void Unpack(FeatureType type, ReadOnlySpan<byte> packed, Span<float> values)
    {
        switch (type)
        {
            case FeatureType.Fp32:
                packed.CopyTo(MemoryMarshal.AsBytes(values));
                break;
            case FeatureType.Fp16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(packed), values);
                break;
            case FeatureType.Bf16:
                Bfloat16.Widen(MemoryMarshal.Cast<byte, ushort>(packed), values);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "is no feature type");
        }
    }

    /// <summary>Finite values that became infinite become the largest below that.</summary>
    private static void Saturate(ReadOnlySpan<float> values, Span<ushort> packed, ushort infinity)
    {
        const ushort Sign = 0x8000;
        if (!packed.ContainsAny(infinity, (ushort)(infinity | Sign)))
        {
            return;
        }

        for (var i = 0; i < packed.Length; i++)
        {
            if ((packed[i] & ~Sign) == infinity && float.IsFinite(values[i]))
            {
                packed[i]--;
            }
        }
    }
}
