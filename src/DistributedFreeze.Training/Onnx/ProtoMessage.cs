using Google.Protobuf;

namespace DistributedFreeze.Training.Onnx;

/// <summary>One protobuf message, field by field, for a format of which only a dozen fields are ever written.</summary>
/// <remarks>
/// The encoding is protobuf's own (https://protobuf.dev/programming-guides/encoding/): tags, varints and length-delimited records.
/// Not thread-safe.
/// </remarks>
internal sealed class ProtoMessage
{
    private readonly List<Field> _fields = [];

    /// <summary>Bytes of the message without its own tag and length; more than 2 GB overflow, as in every protobuf message.</summary>
    /// <exception cref="OverflowException">The message is longer than 2^31 - 1 bytes.</exception>
    public int Size => _fields.Aggregate(0, (sum, next) => checked(sum + CodedOutputStream.ComputeTagSize(next.Number) + next.Size()));

    public ProtoMessage Add(int number, long value) =>
        Add(number, WireFormat.WireType.Varint, () => CodedOutputStream.ComputeInt64Size(value), (output, _) => output.WriteInt64(value));

    public ProtoMessage Add(int number, float value) =>
        Add(number, WireFormat.WireType.Fixed32, () => CodedOutputStream.ComputeFloatSize(value), (output, _) => output.WriteFloat(value));

    public ProtoMessage Add(int number, string value) =>
        Add(
            number,
            WireFormat.WireType.LengthDelimited,
            () => CodedOutputStream.ComputeStringSize(value),
            (output, _) => output.WriteString(value));

    public ProtoMessage Add(int number, ProtoMessage value) =>
        Add(number, WireFormat.WireType.LengthDelimited, () => Delimited(value.Size), (output, stream) =>
        {
            output.WriteLength(value.Size);
            value.WriteTo(output, stream);
        });

    /// <summary>Adds a bytes field whose content is made only when it is written, so that a big message is never held twice.</summary>
    /// <param name="number">Field number.</param>
    /// <param name="length">Bytes of the content.</param>
    /// <param name="write">Writes exactly that many bytes.</param>
    public ProtoMessage Add(int number, int length, Action<Stream> write) =>
        Add(number, WireFormat.WireType.LengthDelimited, () => Delimited(length), (output, stream) =>
        {
            output.WriteLength(length);
            output.Flush(); // what follows goes past its buffer
            write(stream);
        });

    public void WriteTo(Stream stream)
    {
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        WriteTo(output, stream);
    }

    private ProtoMessage Add(int number, WireFormat.WireType type, Func<int> size, Action<CodedOutputStream, Stream> write)
    {
        _fields.Add(new(number, type, size, write));
        return this;
    }

    private void WriteTo(CodedOutputStream output, Stream stream)
    {
        foreach (var field in _fields)
        {
            output.WriteTag(field.Number, field.Type);
            field.Write(output, stream);
        }
    }

    private static int Delimited(int length) => checked(CodedOutputStream.ComputeLengthSize(length) + length);

    private readonly record struct Field(int Number, WireFormat.WireType Type, Func<int> Size, Action<CodedOutputStream, Stream> Write);
}
