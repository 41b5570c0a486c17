using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Features;

/// <summary>Features as bytes of a number type, in the machine's byte order. Thread-safe; allocates nothing.</summary>
internal static class PackedFloats
{
    private const ushort HalfInfinity = 0x7C00;
    private const ushort HalfMax = 0x7BFF;
    private const ushort Sign16 = 0x8000;
    private const uint Magnitude = 0x7FFF_FFFF;
    private const uint Infinity = 0x7F80_0000;
    private const uint BrainMax = 0x7F7F;
    private const uint QuietNaN = 0x0040;

    public static int ElementBytes(FeatureType type) => type == FeatureType.Fp32 ? sizeof(float) : sizeof(ushort);

    /// <summary>Rounds values to the type and packs them.</summary>
    public static void Pack(FeatureType type, ReadOnlySpan<float> values, Span<byte> packed)
    {
        switch (type)
        {
            case FeatureType.Fp32:
                MemoryMarshal.AsBytes(values).CopyTo(packed);
                break;
            case FeatureType.Fp16:
                PackHalf(values, MemoryMarshal.Cast<byte, ushort>(packed)[..values.Length]);
                break;
            case FeatureType.Bf16:
                PackBrain(values, MemoryMarshal.Cast<byte, ushort>(packed)[..values.Length]);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "is no feature type");
        }
    }

    /// <summary>The values that packed bytes stand for.</summary>
    public static void Unpack(FeatureType type, ReadOnlySpan<byte> packed, Span<float> values)
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
                UnpackBrain(MemoryMarshal.Cast<byte, ushort>(packed), values);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "is no feature type");
        }
    }

    private static void PackHalf(ReadOnlySpan<float> values, Span<ushort> packed)
    {
        TensorPrimitives.ConvertToHalf(values, MemoryMarshal.Cast<ushort, Half>(packed));
        if (!packed.ContainsAny(HalfInfinity, (ushort)(HalfInfinity | Sign16)))
        {
            return;
        }

        for (var i = 0; i < packed.Length; i++)
        {
            if ((packed[i] & ~Sign16) == HalfInfinity && float.IsFinite(values[i]))
            {
                packed[i] = (ushort)((packed[i] & Sign16) | HalfMax);
            }
        }
    }

    private static void PackBrain(ReadOnlySpan<float> values, Span<ushort> packed)
    {
        var bits = MemoryMarshal.Cast<float, uint>(values);
        var i = 0;
        for (; i <= bits.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            var low = Brain(new Vector<uint>(bits[i..]));
            var high = Brain(new Vector<uint>(bits[(i + Vector<uint>.Count)..]));
            Vector.Narrow(low, high).CopyTo(packed[i..]);
        }

        for (; i < bits.Length; i++)
        {
            packed[i] = (ushort)Brain(new Vector<uint>(bits[i]))[0];
        }
    }

    // To the nearest, ties to even; a finite value stays finite, and a NaN whose payload lies in the cut bits stays a NaN.
    private static Vector<uint> Brain(Vector<uint> bits)
    {
        var kept = bits >>> 16;
        var magnitude = bits & new Vector<uint>(Magnitude);
        var rounded = (bits + new Vector<uint>(0x7FFF) + (kept & Vector<uint>.One)) >>> 16;
        var saturated = Vector.Min(rounded & new Vector<uint>(0x7FFF), new Vector<uint>(BrainMax)) | (kept & new Vector<uint>(Sign16));
        var special = Vector.ConditionalSelect(
            Vector.GreaterThan(magnitude, new Vector<uint>(Infinity)), kept | new Vector<uint>(QuietNaN), kept);
        return Vector.ConditionalSelect(Vector.GreaterThanOrEqual(magnitude, new Vector<uint>(Infinity)), special, saturated);
    }

    private static void UnpackBrain(ReadOnlySpan<ushort> packed, Span<float> values)
    {
        var bits = MemoryMarshal.Cast<float, uint>(values)[..packed.Length];
        var i = 0;
        for (; i <= packed.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(packed[i..]), out var low, out var high);
            (low << 16).CopyTo(bits[i..]);
            (high << 16).CopyTo(bits[(i + Vector<uint>.Count)..]);
        }

        for (; i < packed.Length; i++)
        {
            bits[i] = (uint)packed[i] << 16;
        }
    }
}
