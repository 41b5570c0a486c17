using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace DistributedFreeze.Data.Archives.Parquet;

/// <summary>The values of a page by row.</summary>
/// <typeparam name="T">What holds the values.</typeparam>
/// <param name="Places">Each row's value among the values; -1 where the row has none.</param>
/// <param name="Values">The values.</param>
internal sealed record PageRows<T>(int[] Places, T Values);

/// <summary>Makes values of the bytes of a page.</summary>
internal static class PageValues
{
    private const int Plain = 0, OldDictionary = 2, DeltaNumbersEncoding = 5, DeltaLengths = 6, DeltaBytes = 7, Dictionary = 8;

    /// <summary>Whether a page's values are places in the column's dictionary.</summary>
    public static bool RefersToDictionary(PagePlace place) => place.Header.Encoding is OldDictionary or Dictionary;

    /// <summary>Values of any length.</summary>
    /// <param name="place">The page.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="dictionary">The column's dictionary, where it has one.</param>
    /// <exception cref="InvalidDataException">The page is not right, or written in another way.</exception>
    public static PageRows<ByteValues> Bytes(PagePlace place, byte[] content, ByteValues? dictionary)
    {
        var places = Rows(place, content, out var at, out var count);
        return place.Header.Encoding switch
        {
            OldDictionary or Dictionary when dictionary is not null => new(Looked(places, content, at, count, dictionary.Count), dictionary),
            Plain => new(places, ByteValues.Plain(content, at, count)),
            DeltaLengths => new(places, ByteValues.AfterLengths(content, at, count)),
            DeltaBytes when place.Column.IsText => new(places, ByteValues.AfterPrefixes(content, at, count)),
            _ => throw Unknown(place),
        };
    }

    /// <summary>Whole numbers.</summary>
    /// <inheritdoc cref="Bytes"/>
    public static PageRows<long[]> Numbers(PagePlace place, byte[] content, long[]? dictionary)
    {
        var places = Rows(place, content, out var at, out var count);
        switch (place.Header.Encoding)
        {
            case OldDictionary or Dictionary when dictionary is not null:
                return new(Looked(places, content, at, count, dictionary.Length), dictionary);
            case Plain:
                return new(places, PlainNumbers(place, content, at, count));
            case DeltaNumbersEncoding:
                ReadOnlySpan<byte> rest = content.AsSpan(at);
                return new(places, DeltaNumbers.Read(ref rest, count));
            default:
                throw Unknown(place);
        }
    }

    /// <summary>A dictionary of values of any length.</summary>
    /// <param name="place">The page.</param>
    /// <param name="content">Its bytes.</param>
    /// <exception cref="InvalidDataException">The page is not right.</exception>
    public static ByteValues BytesOfDictionary(PagePlace place, byte[] content) => ByteValues.Plain(content, 0, place.Header.Values);

    /// <summary>A dictionary of whole numbers.</summary>
    /// <inheritdoc cref="BytesOfDictionary"/>
    public static long[] NumbersOfDictionary(PagePlace place, byte[] content) => PlainNumbers(place, content, 0, place.Header.Values);

    private static long[] PlainNumbers(PagePlace place, byte[] content, int at, int count)
    {
        var size = place.Column.Type == ParquetType.Int32 ? sizeof(int) : sizeof(long);
        if (count > (content.Length - at) / size)
        {
            throw new InvalidDataException("a page is damaged: its numbers break off");
        }

        var numbers = new long[count];
        for (var i = 0; i < count; i++)
        {
            var bytes = content.AsSpan(at + (i * size), size);
            numbers[i] = size == sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : BinaryPrimitives.ReadInt64LittleEndian(bytes);
        }

        return numbers;
    }

    /// <summary>Which rows have a value.</summary>
    private static int[] Rows(PagePlace place, byte[] content, out int at, out int count)
    {
        var (header, levels) = (place.Header, place.Column.Levels);
        var places = new int[header.Values];
        (at, count) = (header.LevelBytes, places.Length);
        if (levels > 0)
        {
            var bytes = Levels(header, content, ref at);
            HybridRuns.Read(bytes, BitOperations.Log2((uint)levels) + 1, places);
            count = 0;
            for (var row = 0; row < places.Length; row++)
            {
                places[row] = places[row] == levels ? count++ : -1;
            }
        }
        else
        {
            for (var row = 0; row < places.Length; row++)
            {
                places[row] = row;
            }
        }

        return places;
    }

    private static ReadOnlySpan<byte> Levels(PageHeader header, byte[] content, ref int at)
    {
        if (header.IsSecond)
        {
            return content.AsSpan(0, header.LevelBytes);
        }

        if (header.HasOldLevels || content.Length < sizeof(int) || BinaryPrimitives.ReadInt32LittleEndian(content) is var length && (length < 0 || length > content.Length - sizeof(int)))
        {
            throw new InvalidDataException(header.HasOldLevels ? "a page is written in a way that was given up long ago (BIT_PACKED levels); write the file anew" : "a page is damaged: what it says of missing values breaks off");
        }

        at = sizeof(int) + length;
        return content.AsSpan(sizeof(int), length);
    }

    /// <summary>Rows' places in a dictionary.</summary>
    private static int[] Looked(int[] places, byte[] content, int at, int count, int entries)
    {
        var indices = new int[count];
        if (count > 0)
        {
            HybridRuns.Read(at < content.Length ? content.AsSpan(at + 1) : [], at < content.Length ? content[at] : -1, indices);
        }

        for (var row = 0; row < places.Length; row++)
        {
            if (places[row] >= 0)
            {
                places[row] = (uint)indices[places[row]] < (uint)entries ? indices[places[row]] : throw new InvalidDataException("a page is damaged: it names values that its dictionary has not");
            }
        }

        return places;
    }

    private static InvalidDataException Unknown(PagePlace place) => new(string.Create(
        CultureInfo.InvariantCulture, $"column '{place.Column.Path}' is written in encoding {place.Header.Encoding}, which is not read; write it in that of most writers (PLAIN, with or without a dictionary)"));
}
