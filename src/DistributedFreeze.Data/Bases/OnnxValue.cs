using System.Collections.Immutable;

namespace DistributedFreeze.Data.Bases;

/// <summary>An input or output of an ONNX graph.</summary>
/// <remarks>Field numbers are those of onnx/onnx.proto (ValueInfoProto, TypeProto, TensorShapeProto). Immutable.</remarks>
/// <param name="Name">Its name.</param>
/// <param name="Type">TensorProto.DataType of its elements; 0 where it is no tensor, or not said.</param>
/// <param name="Shape">Its sizes, outermost first, null where one is open; default where nothing is said.</param>
internal sealed record OnnxValue(string Name, int Type, ImmutableArray<long?> Shape)
{
    /// <summary>Shape and type for people, such as <c>float32 [N, 3, 224, 224]</c>.</summary>
    public string Describe() => $"{OnnxTypes.NameOf(Type)} {(Shape.IsDefault ? "of unknown shape" : $"[{string.Join(", ", Shape.Select(size => size?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"))}]")}";

    /// <summary>Reads an input or output.</summary>
    /// <param name="message">A ValueInfoProto.</param>
    /// <exception cref="FormatException">It is damaged.</exception>
    public static OnnxValue Read(ReadOnlyMemory<byte> message)
    {
        var (name, type) = ("", default(ReadOnlyMemory<byte>));
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            (name, type) = fields.Number switch { 1 => (fields.Text, type), 2 => (name, fields.Bytes), _ => (name, type) };
        }

        var tensor = Last(type, 1);
        var element = 0;
        var shape = default(ImmutableArray<long?>);
        var about = new ProtoReader(tensor);
        while (about.Next())
        {
            if (about.Number == 1)
            {
                element = (int)about.Value;
            }
            else if (about.Number == 2)
            {
                shape = ReadShape(about.Bytes);
            }
        }

        return new(name, element, shape);
    }

    private static ImmutableArray<long?> ReadShape(ReadOnlyMemory<byte> message)
    {
        var shape = ImmutableArray.CreateBuilder<long?>();
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            if (fields.Number == 1)
            {
                long? size = null;
                var dimension = new ProtoReader(fields.Bytes);
                while (dimension.Next())
                {
                    size = dimension.Number == 1 && (long)dimension.Value > 0 ? (long)dimension.Value : size; // 0 and -1 are written for an open size, too
                }

                shape.Add(size);
                OnnxLimits.Require(shape.Count, "dimensions of an input or output", OnnxLimits.MostDimensions);
            }
        }

        return shape.DrainToImmutable();
    }

    private static ReadOnlyMemory<byte> Last(ReadOnlyMemory<byte> message, int number)
    {
        var found = default(ReadOnlyMemory<byte>);
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            found = fields.Number == number ? fields.Bytes : found;
        }

        return found;
    }
}
