namespace DistributedFreeze.Data.Archives.Parquet;

/// <summary>What stands before a page.</summary>
internal readonly record struct PageHeader
{
    /// <summary>Whether it is one of data, or else of a dictionary; null of another kind, which is passed over.</summary>
    public bool? IsData { get; private init; }

    /// <summary>Bytes in the file.</summary>
    public int Compressed { get; private init; }

    /// <summary>Bytes that become of them.</summary>
    public int Uncompressed { get; init; }

    /// <summary>How many values it has, missing ones included.</summary>
    public int Values { get; private init; }

    /// <summary>How they are written, by parquet.thrift's number.</summary>
    public int Encoding { get; private init; }

    /// <summary>Whether levels stand before what is compressed, as in the second version of pages.</summary>
    public bool IsSecond { get; private init; }

    /// <summary>Bytes of levels in such a page.</summary>
    public int LevelBytes { get; private init; }

    /// <summary>Whether what follows these is compressed.</summary>
    public bool IsCompressed { get; private init; }

    /// <summary>Whether levels are written in a way that is no longer used.</summary>
    public bool HasOldLevels { get; private init; }

    /// <summary>Reads one.</summary>
    /// <param name="bytes">They may go on behind it.</param>
    /// <param name="length">How long it is.</param>
    /// <exception cref="InvalidDataException">It is not right, or ends behind the bytes.</exception>
    public static PageHeader Read(ReadOnlySpan<byte> bytes, out int length)
    {
        const int Data = 0, Dictionary = 2, DataOfSecond = 3;
        var reader = new ThriftReader(bytes);
        var header = new PageHeader { IsCompressed = true };
        short field = 0;
        while (reader.Next(ref field, out var type))
        {
            switch (field)
            {
                case 1:
                    var kind = reader.Int(type);
                    header = header with { IsData = kind is Data or DataOfSecond ? true : kind == Dictionary ? false : null, IsSecond = kind == DataOfSecond };
                    break;
                case 2:
                    header = header with { Uncompressed = reader.Int(type) };
                    break;
                case 3:
                    header = header with { Compressed = reader.Int(type) };
                    break;
                case 5 or 7:
                    header = First(ref reader, type, header);
                    break;
                case 8:
                    header = Second(ref reader, type, header);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        length = reader.Position;
        return header is { Compressed: >= 0, Uncompressed: >= 0, Values: >= 0, LevelBytes: >= 0 } && header.LevelBytes <= Math.Min(header.Compressed, header.Uncompressed)
            ? header
            : throw new InvalidDataException("a page has an impossible length");
    }

    private static PageHeader First(ref ThriftReader reader, ThriftType element, PageHeader header)
    {
        const int Rle = 3;
        ThriftReader.Struct(element);
        short field = 0;
        while (reader.Next(ref field, out var type))
        {
            switch (field)
            {
                case 1:
                    header = header with { Values = reader.Int(type) };
                    break;
                case 2:
                    header = header with { Encoding = reader.Int(type) };
                    break;
                case 3 when type == ThriftType.I32:
                    header = header with { HasOldLevels = reader.Int(type) != Rle };
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return header;
    }

    private static PageHeader Second(ref ThriftReader reader, ThriftType element, PageHeader header)
    {
        ThriftReader.Struct(element);
        var (definitions, repetitions) = (0, 0);
        short field = 0;
        while (reader.Next(ref field, out var type))
        {
            switch (field)
            {
                case 1:
                    header = header with { Values = reader.Int(type) };
                    break;
                case 4:
                    header = header with { Encoding = reader.Int(type) };
                    break;
                case 5:
                    definitions = reader.Int(type);
                    break;
                case 6:
                    repetitions = reader.Int(type);
                    break;
                case 7:
                    header = header with { IsCompressed = ThriftReader.Bool(type) };
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return repetitions == 0 ? header with { LevelBytes = definitions } : throw new InvalidDataException("a page has repeated values where none are");
    }
}
