using System.Buffers.Binary;
using System.Globalization;

namespace DistributedFreeze.Data.Archives.Parquet;

/// <summary>What the end of a Parquet file says of its columns and of where they lie: <c>FileMetaData</c> of the format's parquet.thrift.</summary>
/// <param name="Schema">The elements of the schema, depth first.</param>
/// <param name="Groups">The groups of rows, in the file's order.</param>
/// <param name="Metadata">Texts that the writer left, by key.</param>
internal sealed record ParquetFooter(List<SchemaElement> Schema, List<RowGroup> Groups, Dictionary<string, string> Metadata)
{
    /// <summary>Bytes of it that are read: it lists each column of each group in some hundred.</summary>
    internal const int Longest = 64 << 20;

    /// <summary>Elements of the schema.</summary>
    internal const int MostElements = 2_000;

    /// <summary>Stretches of a column, over all groups.</summary>
    internal const int MostChunks = 1_000_000;

    private const int TailBytes = 8;

    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <summary>Reads it.</summary>
    /// <param name="window">The file.</param>
    /// <exception cref="InvalidDataException">It is not there, or not right.</exception>
    public static ParquetFooter Read(FileWindow window)
    {
        if (window.Length < Magic.Length + TailBytes || !window.Read(0, Magic.Length).SequenceEqual(Magic))
        {
            throw new InvalidDataException(window.Length == 0 ? "is empty, 0 bytes" : "is no Parquet file: it does not begin with PAR1");
        }

        var tail = window.Read(window.Length - TailBytes, TailBytes);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (!tail[4..].SequenceEqual(Magic))
        {
            throw new InvalidDataException(tail[4..].SequenceEqual("PARE"u8) ? "is encrypted; write it without" : "breaks off: it does not end with PAR1, so that it was not copied whole");
        }

        return length > Longest || length > window.Length - TailBytes - Magic.Length
            ? throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"says of itself that it ends in {length:N0} bytes about its columns, more than there are or than the {Longest:N0} that are read"))
            : Parse(window.Read(window.Length - TailBytes - length, (int)length));
    }

    private static ParquetFooter Parse(ReadOnlySpan<byte> bytes)
    {
        var footer = new ParquetFooter([], [], new(StringComparer.Ordinal));
        var reader = new ThriftReader(bytes);
        var chunks = 0;
        short field = 0;
        while (reader.Next(ref field, out var type))
        {
            switch (field)
            {
                case 2:
                    for (var left = reader.List(type, out var elements); left > 0; left--)
                    {
                        footer.Schema.Add(footer.Schema.Count < MostElements ? SchemaElement.Read(ref reader, elements) : throw TooMany(MostElements, "columns"));
                    }

                    break;
                case 4:
                    for (var left = reader.List(type, out var elements); left > 0; left--)
                    {
                        var group = RowGroup.Read(ref reader, elements, MostChunks - chunks);
                        chunks += Math.Max(1, group.Columns.Count);
                        footer.Groups.Add(chunks <= MostChunks ? group : throw TooMany(MostChunks, "stretches of columns"));
                    }

                    break;
                case 5:
                    for (var left = reader.List(type, out var elements); left > 0; left--)
                    {
                        ReadPair(ref reader, elements, footer.Metadata);
                    }

                    break;
                case 8:
                    throw new InvalidDataException("is encrypted; write it without");
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return footer;
    }

    /// <summary>Refuses what no file of images has, and what a few bytes each would fill memory with.</summary>
    internal static InvalidDataException TooMany(int most, string what) => new(string.Create(CultureInfo.InvariantCulture, $"has more than {most:N0} {what}; write the images with fewer"));

    private static void ReadPair(ref ThriftReader reader, ThriftType element, Dictionary<string, string> metadata)
    {
        ThriftReader.Struct(element);
        var (key, value) = ("", "");
        short field = 0;
        while (reader.Next(ref field, out var type))
        {
            switch (field)
            {
                case 1:
                    key = reader.Text(type);
                    break;
                case 2:
                    value = reader.Text(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        metadata[key] = value;
    }
}

/// <summary>An element of the schema.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type by parquet.thrift's number; null of a group.</param>
/// <param name="Repetition">0 where it is always there, 1 where it may be missing, 2 where it may come several times.</param>
/// <param name="Children">How many elements follow that belong to it.</param>
/// <param name="IsText">Whether its bytes are UTF-8.</param>
internal sealed record SchemaElement(string Name, int? Type, int Repetition, int Children, bool IsText)
{
    /// <summary>Reads one.</summary>
    public static SchemaElement Read(ref ThriftReader reader, ThriftType element)
    {
        const int Utf8 = 0, Enum = 4, Json = 19;
        ThriftReader.Struct(element);
        var (name, repetition, children, isText) = ("", 0, 0, false);
        int? kind = null;
        short field = 0;
        while (reader.Next(ref field, out var type))
        {
            switch (field)
            {
                case 1:
                    kind = reader.Int(type);
                    break;
                case 3:
                    repetition = reader.Int(type);
                    break;
                case 4:
                    name = reader.Text(type);
                    break;
                case 5:
                    children = reader.Int(type);
                    break;
                case 6:
                    isText |= reader.Int(type) is Utf8 or Enum or Json;
                    break;
                case 10:
                    isText |= IsString(ref reader, type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return new(name, kind, repetition, children, isText);
    }

    /// <summary>A union, whose first member is STRING.</summary>
    private static bool IsString(ref ThriftReader reader, ThriftType union)
    {
        ThriftReader.Struct(union);
        var isString = false;
        short field = 0;
        while (reader.Next(ref field, out var type))
        {
            isString |= field == 1;
            reader.Skip(type);
        }

        return isString;
    }
}

/// <summary>A group of rows.</summary>
/// <param name="Rows">How many.</param>
/// <param name="Columns">Their values, column by column, in the order of the schema's leaves.</param>
internal sealed record RowGroup(long Rows, List<ColumnChunk> Columns)
{
    /// <summary>Reads one.</summary>
    /// <param name="reader">Stands at it.</param>
    /// <param name="element">What the list says that it is.</param>
    /// <param name="most">How many columns it may have.</param>
    public static RowGroup Read(ref ThriftReader reader, ThriftType element, int most)
    {
        ThriftReader.Struct(element);
        List<ColumnChunk> columns = [];
        long rows = 0;
        short field = 0;
        while (reader.Next(ref field, out var type))
        {
            switch (field)
            {
                case 1:
                    for (var left = reader.List(type, out var elements); left > 0; left--)
                    {
                        columns.Add(columns.Count < most ? ColumnChunk.Read(ref reader, elements) : throw ParquetFooter.TooMany(ParquetFooter.MostChunks, "stretches of columns"));
                    }

                    break;
                case 3:
                    rows = reader.Number(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return new(rows, columns);
    }
}

/// <summary>The values of one column in a group of rows: pages, one after the other.</summary>
/// <param name="Codec">How pages are compressed, by parquet.thrift's number.</param>
/// <param name="Values">How many values there are, missing ones included.</param>
/// <param name="Start">Where the first page begins.</param>
/// <param name="Length">Bytes of all pages.</param>
/// <param name="IsElsewhere">Whether they lie in another file, or are encrypted.</param>
internal sealed record ColumnChunk(int Codec, long Values, long Start, long Length, bool IsElsewhere)
{
    /// <summary>Reads one.</summary>
    public static ColumnChunk Read(ref ThriftReader reader, ThriftType element)
    {
        ThriftReader.Struct(element);
        ColumnChunk? chunk = null;
        var isElsewhere = false;
        short field = 0;
        while (reader.Next(ref field, out var type))
        {
            switch (field)
            {
                case 1:
                    isElsewhere |= reader.Binary(type).Length > 0;
                    break;
                case 3:
                    chunk = ReadMetadata(ref reader, type);
                    break;
                case 8:
                    isElsewhere = true;
                    reader.Skip(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return chunk is null ? new(0, 0, 0, 0, IsElsewhere: true) : chunk with { IsElsewhere = isElsewhere };
    }

    private static ColumnChunk ReadMetadata(ref ThriftReader reader, ThriftType element)
    {
        ThriftReader.Struct(element);
        var (codec, values, length, data, dictionary) = (0, 0L, 0L, 0L, 0L);
        short field = 0;
        while (reader.Next(ref field, out var type))
        {
            switch (field)
            {
                case 4:
                    codec = reader.Int(type);
                    break;
                case 5:
                    values = reader.Number(type);
                    break;
                case 7:
                    length = reader.Number(type);
                    break;
                case 9:
                    data = reader.Number(type);
                    break;
                case 11:
                    dictionary = reader.Number(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        // A dictionary comes before the data; some writers say 0 where there is none.
        return new(codec, values, dictionary > 0 && dictionary < data ? dictionary : data, length, IsElsewhere: false);
    }
}
