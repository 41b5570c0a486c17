using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace DistributedFreeze.Data.Bases;

/// <summary>Writes one protobuf message, field by field, into memory. Not thread-safe.</summary>
internal sealed class ProtoWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>What is written so far.</summary>
    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    /// <summary>Adds a whole number.</summary>
    public ProtoWriter Add(int number, long value)
    {
        Varint(((ulong)number << 3) | (ulong)ProtoWire.Varint);
        Varint((ulong)value);
        return this;
    }

    /// <summary>Adds a text.</summary>
    public ProtoWriter Add(int number, string value) => Add(number, Encoding.UTF8.GetBytes(value));

    /// <summary>Adds a message.</summary>
    public ProtoWriter Add(int number, ProtoWriter message) => Add(number, message._bytes.WrittenSpan);

    /// <summary>Adds bytes, or a message that is written already.</summary>
    public ProtoWriter Add(int number, ReadOnlySpan<byte> value)
    {
        Head(number, value.Length);
        _bytes.Write(value);
        return this;
    }

    /// <summary>Adds tag and length of a field whose bytes follow elsewhere.</summary>
    public ProtoWriter Head(int number, long length)
    {
        Varint(((ulong)number << 3) | (ulong)ProtoWire.Bytes);
        Varint((ulong)length);
        return this;
    }

    /// <summary>Adds a field as it was read.</summary>
    public ProtoWriter Copy(in ProtoReader field)
    {
        if (field.Wire == ProtoWire.Bytes)
        {
            return Add(field.Number, field.Bytes.Span);
        }

        Varint(((ulong)field.Number << 3) | (ulong)field.Wire);
        Span<byte> fixedSize = stackalloc byte[sizeof(ulong)];
        switch (field.Wire)
        {
            case ProtoWire.Varint:
                Varint(field.Value);
                break;
            case ProtoWire.Fixed32:
                BinaryPrimitives.WriteUInt32LittleEndian(fixedSize, (uint)field.Value);
                _bytes.Write(fixedSize[..sizeof(uint)]);
                break;
            default:
                BinaryPrimitives.WriteUInt64LittleEndian(fixedSize, field.Value);
                _bytes.Write(fixedSize);
                break;
        }

        return this;
    }

    private void Varint(ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            bytes[length++] = (byte)(value | 0x80);
        }

        bytes[length++] = (byte)value;
        _bytes.Write(bytes[..length]);
    }
}
