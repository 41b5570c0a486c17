namespace DistributedFreeze.Data.Archives.Parquet;

/// <summary>A column of values: a leaf of the schema.</summary>
/// <param name="Path">Names from the top on, such as <c>image.bytes</c>.</param>
/// <param name="Top">The first of these.</param>
/// <param name="Place">The column's place among all.</param>
/// <param name="Type">Type of its values.</param>
/// <param name="IsText">Whether its bytes are UTF-8.</param>
/// <param name="Levels">Definition level of a value that is there: how many elements above and of it may be missing.</param>
/// <param name="IsRepeated">Whether a row has a list of them.</param>
internal sealed record ParquetColumn(string Path, string Top, int Place, ParquetType Type, bool IsText, int Levels, bool IsRepeated)
{
    private const int Deepest = 64;
    private const int LongestPath = 8192;

    /// <summary>The columns of a schema.</summary>
    /// <exception cref="InvalidDataException">It is not right.</exception>
    public static List<ParquetColumn> Of(List<SchemaElement> schema)
    {
        List<ParquetColumn> columns = [];
        var next = 1;
        if (schema.Count == 0)
        {
            throw new InvalidDataException("has no columns");
        }

        for (var left = schema[0].Children; left > 0; left--)
        {
            Add("", "", 0, false, 0);
        }

        return columns;

        void Add(string above, string top, int levels, bool isRepeated, int depth)
        {
            if (next >= schema.Count || depth > Deepest)
            {
                throw new InvalidDataException("is damaged: its schema has no end");
            }

            var element = schema[next++];
            var path = above.Length == 0 ? element.Name : $"{above}.{element.Name}";
            if (path.Length > LongestPath)
            {
                throw new InvalidDataException($"has a column whose name has more than {LongestPath} characters");
            }

            top = top.Length == 0 ? element.Name : top;
            levels += element.Repetition == 0 ? 0 : 1;
            isRepeated |= element.Repetition == 2;
            if (element.Type is { } type)
            {
                columns.Add(new(path, top, columns.Count, (ParquetType)type, element.IsText, levels, isRepeated));
            }

            for (var left = element.Type is null ? element.Children : 0; left > 0; left--)
            {
                Add(path, top, levels, isRepeated, depth + 1);
            }
        }
    }

    /// <summary>What it holds, for errors.</summary>
    public string Kind => IsRepeated ? "lists" : IsText ? "texts" : Type switch
    {
        ParquetType.Boolean => "truth values",
        ParquetType.Int32 or ParquetType.Int64 => "whole numbers",
        ParquetType.Float or ParquetType.Double => "numbers with fractions",
        ParquetType.ByteArray => "bytes",
        _ => $"values of type {(int)Type}",
    };
}

/// <summary>Types of values, by parquet.thrift's numbers.</summary>
internal enum ParquetType
{
    /// <summary>One bit.</summary>
    Boolean = 0,

    /// <summary>32 bits.</summary>
    Int32 = 1,

    /// <summary>64 bits.</summary>
    Int64 = 2,

    /// <summary>96 bits.</summary>
    Int96 = 3,

    /// <summary>A floating-point number of 32 bits.</summary>
    Float = 4,

    /// <summary>A floating-point number of 64 bits.</summary>
    Double = 5,

    /// <summary>Bytes of any length.</summary>
    ByteArray = 6,

    /// <summary>Bytes of one length.</summary>
    FixedByteArray = 7,
}
