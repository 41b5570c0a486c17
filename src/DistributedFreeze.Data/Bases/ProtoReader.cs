using System.Text;

namespace DistributedFreeze.Data.Bases;

/// <summary>Reads the fields of one protobuf message in their order.</summary>
/// <remarks>
/// The encoding is protobuf's own (https://protobuf.dev/programming-guides/encoding/). What a field holds is a slice of the message: nothing is copied, and no length
/// that a message claims is believed before it was compared with what is there. Not thread-safe.
/// </remarks>
/// <param name="message">The message, without tag and length of its own.</param>
internal ref struct ProtoReader(ReadOnlyMemory<byte> message)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlyMemory<byte> _message = message;
    private int _at;

    /// <summary>The field's number.</summary>
    public int Number { get; private set; }

    /// <summary>How it is written.</summary>
    public ProtoWire Wire { get; private set; }

    /// <summary>Its value where it is a number.</summary>
    public ulong Value { get; private set; }

    /// <summary>Its value where it is a text, bytes or a message; empty otherwise.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <summary>Its value as a text.</summary>
    /// <exception cref="FormatException">It is no UTF-8.</exception>
    public readonly string Text
    {
        get
        {
            try
            {
                return Strict.GetString(Bytes.Span);
            }
            catch (DecoderFallbackException)
            {
                throw new FormatException("it has a name that is no UTF-8");
            }
        }
    }

    /// <summary>Goes to the next field.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="FormatException">The message ends within a field, or has a field of an unknown kind.</exception>
    public bool Next()
    {
        if (_at == _message.Length)
        {
            return false;
        }

        var tag = Varint();
        (Number, Wire, Value, Bytes) = ((int)Math.Min(tag >> 3, int.MaxValue), (ProtoWire)(tag & 7), 0, default);
        switch (Wire)
        {
            case ProtoWire.Varint:
                Value = Varint();
                break;
            case ProtoWire.Fixed64:
                Value = BitConverter.ToUInt64(Take(sizeof(ulong)).Span);
                break;
            case ProtoWire.Fixed32:
                Value = BitConverter.ToUInt32(Take(sizeof(uint)).Span);
                break;
            case ProtoWire.Bytes:
                Bytes = Take(Varint());
                break;
            default:
                throw new FormatException($"it has a field of an unknown kind ({(int)Wire}) at byte {_at} of a message");
        }

        return true;
    }

    /// <summary>Adds a field of whole numbers, of which there may be several in one (packed).</summary>
    /// <param name="numbers">Receives them.</param>
    /// <param name="most">How many it may hold.</param>
    /// <param name="kind">What they are, in the plural.</param>
    /// <exception cref="FormatException">The field ends within a number, or there are more.</exception>
    public readonly void AddNumbers(ICollection<long> numbers, int most, string kind)
    {
        if (Wire != ProtoWire.Bytes)
        {
            numbers.Add((long)Value);
            OnnxLimits.Require(numbers.Count, kind, most);
            return;
        }

        var packed = new ProtoReader(Bytes);
        while (packed._at < Bytes.Length)
        {
            numbers.Add((long)packed.Varint());
            OnnxLimits.Require(numbers.Count, kind, most);
        }
    }

    private ReadOnlyMemory<byte> Take(ulong length)
    {
        if (length > (ulong)(_message.Length - _at))
        {
            throw new FormatException("it ends in the middle of a field");
        }

        var taken = _message.Slice(_at, (int)length);
        _at += (int)length;
        return taken;
    }

    private ulong Varint()
    {
        var span = _message.Span;
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_at == span.Length)
            {
                throw new FormatException("it ends in the middle of a field");
            }

            var next = span[_at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new FormatException($"it has a number of more than 64 bits before byte {_at} of a message");
    }
}

/// <summary>How a field is written: protobuf's wire types.</summary>
internal enum ProtoWire
{
    /// <summary>A number of 1 to 10 bytes.</summary>
    Varint = 0,

    /// <summary>8 bytes.</summary>
    Fixed64 = 1,

    /// <summary>A length, and so many bytes.</summary>
    Bytes = 2,

    /// <summary>4 bytes.</summary>
    Fixed32 = 5,
}
