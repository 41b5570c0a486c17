namespace DistributedFreeze.Data.Archives.Parquet;

/// <summary>Where a page lies.</summary>
/// <param name="Offset">Where it begins behind its header.</param>
/// <param name="Header">What stands there.</param>
/// <param name="Codec">How it is compressed.</param>
/// <param name="Column">Its column.</param>
internal sealed record PagePlace(long Offset, PageHeader Header, int Codec, ParquetColumn Column)
{
    /// <summary>Bytes of a header at most; it may hold the smallest and the largest value of the page.</summary>
    private const int LongestHeader = 1 << 20;

    private const int UsualHeader = 4096;

    /// <summary>Pages of a column in a group that hold no rows: a dictionary before those that do, and an index.</summary>
    private const int MostOthers = 2;

    /// <summary>Finds the pages of a column in a group of rows, by their headers alone.</summary>
    /// <param name="window">The file.</param>
    /// <param name="group">The group.</param>
    /// <param name="column">The column.</param>
    /// <exception cref="InvalidDataException">Headers are not right, or do not fit what the file says of the group.</exception>
    public static IEnumerable<PagePlace> Of(FileWindow window, RowGroup group, ParquetColumn column)
    {
        if (column.Place >= group.Columns.Count || group.Columns[column.Place] is not { IsElsewhere: false } chunk)
        {
            throw new InvalidDataException($"column '{column.Path}' lies in another file, or is encrypted");
        }

        if (chunk.Values != group.Rows || chunk.Start < 0 || chunk.Length < 0 || chunk.Start > window.Length || chunk.Length > window.Length - chunk.Start)
        {
            throw new InvalidDataException($"column '{column.Path}' lies outside of the file, or has other rows than it says");
        }

        var (at, end, left, others) = (chunk.Start, chunk.Start + chunk.Length, group.Rows, 0);
        while (left > 0)
        {
            var header = HeaderAt(window, at, end, out var length);
            at += length;
            if (header.Compressed > end - at || (header.IsData == true ? header.Values > left || header.Values < 1 : ++others > MostOthers || (header.IsData == false && left < group.Rows)))
            {
                throw new InvalidDataException($"the pages of column '{column.Path}' do not fit what the file says of them");
            }

            if (header.IsData is not null)
            {
                yield return new(at, header, chunk.Codec, column);
            }

            left -= header.IsData == true ? header.Values : 0;
            at += header.Compressed;
        }
    }

    private static PageHeader HeaderAt(FileWindow window, long at, long end, out int length)
    {
        var rest = (int)Math.Min(end - at, LongestHeader);
        try
        {
            return PageHeader.Read(window.Read(at, Math.Min(rest, UsualHeader)), out length);
        }
        catch (InvalidDataException) when (rest > UsualHeader)
        {
            return PageHeader.Read(window.Read(at, rest), out length);
        }
    }
}
