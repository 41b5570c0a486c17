using System.Text;

namespace DistributedFreeze.Data.Archives.Parquet;

/// <summary>Reads Thrift's compact protocol, in which Parquet writes what it says of itself.</summary>
/// <remarks>It never reads behind the end, nests no deeper than <see cref="Deepest"/>, and takes a list for no longer than there are bytes.</remarks>
internal ref struct ThriftReader(ReadOnlySpan<byte> bytes)
{
    private const int Deepest = 32;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>How many bytes have been read.</summary>
    public int Position { get; private set; }

    /// <summary>Begins with the next field of a struct.</summary>
    /// <param name="field">The last field's number; receives the next one's.</param>
    /// <param name="type">Its type.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="InvalidDataException">The bytes are not right.</exception>
    public bool Next(ref short field, out ThriftType type)
    {
        var head = Byte();
        type = (ThriftType)(head & 0xF);
        if (head == 0)
        {
            return false;
        }

        field = unchecked((short)(head >> 4 == 0 ? Signed() : field + (head >> 4)));
        return true;
    }

    /// <summary>A whole number.</summary>
    public long Number(ThriftType type) => type switch
    {
        ThriftType.Byte => unchecked((sbyte)Byte()),
        ThriftType.I16 or ThriftType.I32 or ThriftType.I64 => Signed(),
        _ => throw Bad("a number"),
    };

    /// <summary>A whole number of 32 bits.</summary>
    public int Int(ThriftType type) => Number(type) is >= int.MinValue and <= int.MaxValue and var number ? (int)number : throw Bad("a number of 32 bits");

    /// <summary>A truth value.</summary>
    public static bool Bool(ThriftType type) => type switch
    {
        ThriftType.True => true,
        ThriftType.False => false,
        _ => throw Bad("a truth value"),
    };

    /// <summary>Bytes.</summary>
    public ReadOnlySpan<byte> Binary(ThriftType type)
    {
        if (type != ThriftType.Binary)
        {
            throw Bad("bytes");
        }

        var length = Unsigned();
        if (length > (ulong)(_bytes.Length - Position))
        {
            throw Bad("an end");
        }

        Position += (int)length;
        return _bytes[(Position - (int)length)..Position];
    }

    /// <summary>A text.</summary>
    public string Text(ThriftType type) => Encoding.UTF8.GetString(Binary(type));

    /// <summary>Begins a list.</summary>
    /// <param name="type">The field's type.</param>
    /// <param name="elements">The elements' type.</param>
    /// <returns>How many elements follow.</returns>
    public int List(ThriftType type, out ThriftType elements)
    {
        if (type is not (ThriftType.List or ThriftType.Set))
        {
            throw Bad("a list");
        }

        var head = Byte();
        elements = (ThriftType)(head & 0xF);
        var count = head >> 4 == 0xF ? Unsigned() : (ulong)(head >> 4);
        return count <= (ulong)(_bytes.Length - Position) ? (int)count : throw Bad("an end");
    }

    /// <summary>Requires a struct, whose fields follow.</summary>
    public static void Struct(ThriftType type) => _ = type == ThriftType.Struct ? 0 : throw Bad("a struct");

    /// <summary>Passes over a value.</summary>
    public void Skip(ThriftType type, int depth = 0)
    {
        if (depth > Deepest)
        {
            throw Bad("an end to what is nested");
        }

        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                break;
            case ThriftType.Byte:
                Byte();
                break;
            case ThriftType.I16 or ThriftType.I32 or ThriftType.I64:
                Unsigned();
                break;
            case ThriftType.Double:
                Pass(sizeof(double));
                break;
            case ThriftType.Binary:
                Binary(type);
                break;
            case ThriftType.List or ThriftType.Set:
                for (var left = List(type, out var elements); left > 0; left--)
                {
                    SkipElement(elements, depth + 1);
                }

                break;
            case ThriftType.Map:
                SkipMap(depth);
                break;
            case ThriftType.Struct:
                short field = 0;
                while (Next(ref field, out var inner))
                {
                    Skip(inner, depth + 1);
                }

                break;
            default:
                throw Bad("a known type");
        }
    }

    private void SkipMap(int depth)
    {
        var count = Unsigned();
        if (count > (ulong)(_bytes.Length - Position))
        {
            throw Bad("an end");
        }

        if (count > 0)
        {
            var types = Byte();
            for (var left = count; left > 0; left--)
            {
                SkipElement((ThriftType)(types >> 4), depth + 1);
                SkipElement((ThriftType)(types & 0xF), depth + 1);
            }
        }
    }

    /// <summary>Outside of structs a truth value has a byte of its own.</summary>
    private void SkipElement(ThriftType type, int depth)
    {
        if (type is ThriftType.True or ThriftType.False)
        {
            Byte();
        }
        else
        {
            Skip(type, depth);
        }
    }

    private void Pass(int count) => Position = count <= _bytes.Length - Position ? Position + count : throw Bad("an end");

    private byte Byte() => Position < _bytes.Length ? _bytes[Position++] : throw Bad("an end");

    private long Signed() => Varints.Signed(Unsigned());

    private ulong Unsigned()
    {
        var rest = _bytes[Position..];
        if (!Varints.TryUnsigned(ref rest, out var number))
        {
            throw Bad("a number of 64 bits");
        }

        Position = _bytes.Length - rest.Length;
        return number;
    }

    private static InvalidDataException Bad(string missing) => new($"{missing} is missing where it should stand");
}

/// <summary>Types of Thrift's compact protocol, by their numbers there.</summary>
internal enum ThriftType
{
    /// <summary>True, and in lists any truth value.</summary>
    True = 1,

    /// <summary>False.</summary>
    False = 2,

    /// <summary>A byte.</summary>
    Byte = 3,

    /// <summary>16 bits.</summary>
    I16 = 4,

    /// <summary>32 bits.</summary>
    I32 = 5,

    /// <summary>64 bits.</summary>
    I64 = 6,

    /// <summary>A floating-point number of 64 bits.</summary>
    Double = 7,

    /// <summary>Bytes or a text.</summary>
    Binary = 8,

    /// <summary>A list.</summary>
    List = 9,

    /// <summary>A set.</summary>
    Set = 10,

    /// <summary>A map.</summary>
    Map = 11,

    /// <summary>A struct.</summary>
    Struct = 12,
}
