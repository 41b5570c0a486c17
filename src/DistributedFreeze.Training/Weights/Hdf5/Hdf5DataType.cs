using DistributedFreeze.Coordination.Tensors;

namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>Classes of types (section IV.A.2.d).</summary>
internal enum Hdf5TypeClass
{
    FixedPoint = 0,
    FloatingPoint = 1,
    Time = 2,
    String = 3,
    BitField = 4,
    Opaque = 5,
    Compound = 6,
    Reference = 7,
    Enumerated = 8,
    VariableLength = 9,
    Array = 10,
    Complex = 11,
}

/// <summary>The type of a dataset's or an attribute's elements.</summary>
/// <param name="Class">Its class.</param>
/// <param name="Bytes">Bytes of one element.</param>
/// <param name="IsBigEndian">Of numbers: whether the most significant byte comes first.</param>
/// <param name="IsText">Of elements of variable length: whether they are texts.</param>
/// <param name="IsIeee">Whether it is IEEE 754's form of 16, 32 or 64 bits.</param>
internal readonly record struct Hdf5DataType(Hdf5TypeClass Class, uint Bytes, bool IsBigEndian, bool IsText, bool IsIeee)
{
    /// <summary>What errors and <see cref="TensorInfo.Type"/> call it.</summary>
    public string Name => (Class, Bytes) switch
    {
        (Hdf5TypeClass.FloatingPoint, _) when !IsIeee => nameof(Hdf5TypeClass.FloatingPoint),
        (Hdf5TypeClass.FloatingPoint, 2) => ElementType.F16,
        (Hdf5TypeClass.FloatingPoint, 4) => ElementType.F32,
        (Hdf5TypeClass.FloatingPoint, 8) => ElementType.F64,
        (Hdf5TypeClass.FixedPoint, 8) => ElementType.I64,
        _ => Class.ToString(),
    };

    public static Hdf5DataType Parse(ReadOnlySpan<byte> message)
    {
        const int Order = 0x41, VaxOrder = 0x40, Kind = 0x0f, Text = 1;
        var cursor = new Hdf5Cursor(message);
        var kind = (Hdf5TypeClass)(cursor.Byte() & 0xf);
        var bits = cursor.Take(3);
        var bytes = cursor.UInt32();
        var isIeee = kind == Hdf5TypeClass.FloatingPoint && (bits[0] & VaxOrder) == 0 && IeeeFields(bytes) is { } right
            && bits[1] == right.Sign && cursor.Take(12).SequenceEqual(right.Fields);
        return new(kind, bytes, (bits[0] & Order) == 1, kind == Hdf5TypeClass.VariableLength && (bits[0] & Kind) == Text, isIeee);
    }

    /// <summary>Place of the sign; first bit and number of bits, exponent's place and width, mantissa's place and width, bias.</summary>
    private static (byte Sign, byte[] Fields)? IeeeFields(uint bytes) => bytes switch
    {
        2 => (15, [0, 0, 16, 0, 10, 5, 0, 10, 15, 0, 0, 0]),
        4 => (31, [0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0]),
        8 => (63, [0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0]),
        _ => null,
    };
}
