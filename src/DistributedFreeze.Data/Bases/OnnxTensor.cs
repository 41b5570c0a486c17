using System.Collections.Immutable;
using System.Globalization;

namespace DistributedFreeze.Data.Bases;

/// <summary>A constant of an ONNX graph: its name and shape, and where its numbers are.</summary>
/// <remarks>Field numbers are those of onnx/onnx.proto (TensorProto). Immutable.</remarks>
/// <param name="Message">The tensor as it stands in the file.</param>
/// <param name="Name">Its name.</param>
/// <param name="Type">TensorProto.DataType of its elements.</param>
/// <param name="Shape">Its sizes, outermost first.</param>
/// <param name="External">Where its numbers are, if not in the file.</param>
internal sealed record OnnxTensor(ReadOnlyMemory<byte> Message, string Name, int Type, ImmutableArray<long> Shape, ExternalNumbers? External)
{
    private const int OutsideTheFile = 1;
    private const int Truth = 9;

    /// <summary>Number of elements.</summary>
    /// <exception cref="FormatException">It is no number that fits.</exception>
    public long Elements
    {
        get
        {
            try
            {
                return Shape.Aggregate(1L, (product, size) => size >= 0 ? checked(product * size) : throw new FormatException($"'{Name}' has a size below 0"));
            }
            catch (OverflowException)
            {
                throw new FormatException($"'{Name}' claims more elements than can be counted");
            }
        }
    }

    /// <summary>Whether it is a weight, not a list of sizes or the like.</summary>
    public bool IsWeight => Type is OnnxTypes.Float or OnnxTypes.Double or OnnxTypes.Half or OnnxTypes.BFloat16 or OnnxTypes.Byte or OnnxTypes.SignedByte or (>= 17 and <= 22);

    /// <summary>Whether it is one truth value, and false.</summary>
    public bool IsFalse
    {
        get
        {
            if (Type != Truth || External is not null || Shape.Any(size => size != 1))
            {
                return false;
            }

            var (values, isFalse) = (0, true);
            var fields = new ProtoReader(Message);
            while (fields.Next())
            {
                if (fields.Number is 5 or 9) // int32_data, raw_data
                {
                    values++;
                    isFalse &= fields.Value == 0 && !fields.Bytes.Span.ContainsAnyExcept((byte)0);
                }
            }

            return isFalse && values > 0;
        }
    }

    /// <summary>Reads a tensor whose numbers have to be in the file.</summary>
    /// <param name="message">A TensorProto.</param>
    /// <exception cref="FormatException">It is damaged, or they are not.</exception>
    public static OnnxTensor ReadInside(ReadOnlyMemory<byte> message) => Read(message) is { External: null } inside
        ? inside
        : throw new FormatException("a value within a node, a function or a sparse constant lies outside the file; only the graph's own constants may");

    /// <summary>The name of a constant of which only some elements are stored; their numbers and places have to be in the file.</summary>
    /// <param name="message">A SparseTensorProto.</param>
    /// <returns>Empty where it has none.</returns>
    /// <exception cref="FormatException">It is damaged, or they are not.</exception>
    public static string NameOfSparse(ReadOnlyMemory<byte> message)
    {
        var name = "";
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            if (fields.Number is 1 or 2) // values, indices
            {
                var tensor = ReadInside(fields.Bytes);
                name = fields.Number == 1 ? tensor.Name : name;
            }
        }

        return name;
    }

    /// <summary>Reads a tensor.</summary>
    /// <param name="message">A TensorProto.</param>
    /// <exception cref="FormatException">It is damaged.</exception>
    public static OnnxTensor Read(ReadOnlyMemory<byte> message)
    {
        var (name, type, shape, isExternal) = ("", 0, new List<long>(), false);
        var place = new Dictionary<string, string>(StringComparer.Ordinal);
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case 1: fields.AddNumbers(shape, OnnxLimits.MostDimensions, "dimensions of a tensor"); break;
                case 2: type = (int)fields.Value; break;
                case 8: name = fields.Text; break;
                case 13: AddEntry(fields.Bytes, place); break;
                case 14: isExternal |= (int)fields.Value == OutsideTheFile; break; // as protobuf reads an enum: 32 bits, and unknown values change nothing
            }
        }

        return new(message, name, type, [.. shape], isExternal ? Place(name, place) : null);
    }

    private static void AddEntry(ReadOnlyMemory<byte> message, Dictionary<string, string> entries)
    {
        var (key, value) = ("", "");
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            (key, value) = fields.Number switch { 1 => (fields.Text, value), 2 => (key, fields.Text), _ => (key, value) };
        }

        if (key is "location" or "offset" or "length")
        {
            entries[key] = value;
        }
    }

    private static ExternalNumbers Place(string name, Dictionary<string, string> entries)
    {
        var location = entries.GetValueOrDefault("location") is { Length: > 0 } given ? given : throw new FormatException($"'{name}' lies outside the file, and no file is named");
        return new(location, Number("offset") ?? 0, Number("length"));

        long? Number(string key) => entries.GetValueOrDefault(key) switch
        {
            null or "" => null,
            var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
            var text => throw new FormatException($"'{name}' has {key} '{text}', which is no number of bytes"),
        };
    }
}

/// <summary>Where the numbers of a tensor are.</summary>
/// <param name="Location">A file's path, from the model's folder.</param>
/// <param name="Offset">Where they begin, in bytes.</param>
/// <param name="Length">How many bytes they are; null for all up to the end.</param>
internal sealed record ExternalNumbers(string Location, long Offset, long? Length);

/// <summary>Types of elements, by their numbers in TensorProto.DataType.</summary>
internal static class OnnxTypes
{
    public const int Float = 1;
    public const int Byte = 2;
    public const int SignedByte = 3;
    public const int Whole = 7;
    public const int Half = 10;
    public const int Double = 11;
    public const int BFloat16 = 16;

    /// <summary>Bytes of an element; null for a type of which several share a byte, and for texts.</summary>
    public static int? SizeOf(int type) => type switch
    {
        Byte or SignedByte or 9 or (>= 17 and <= 20) => 1,
        Half or BFloat16 or 4 or 5 => 2,
        Float or 6 or 12 => 4,
        Double or Whole or 13 or 14 => 8,
        15 => 16,
        _ => null,
    };

    /// <summary>What people call it.</summary>
    public static string NameOf(int type) => type switch
    {
        Float => "float32",
        Byte => "uint8",
        SignedByte => "int8",
        4 => "uint16",
        5 => "int16",
        6 => "int32",
        Whole => "int64",
        8 => "text",
        9 => "bool",
        Half => "float16",
        Double => "float64",
        BFloat16 => "bfloat16",
        _ => string.Create(CultureInfo.InvariantCulture, $"type {type}"),
    };
}
