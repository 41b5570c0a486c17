using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Data.Archives.Parquet;

/// <summary>Reads a column of short values whole.</summary>
internal static class ColumnTexts
{
    /// <summary>Bytes of a page of short values.</summary>
    private const int LongestPage = 64 << 20;

    /// <summary>Bytes of one of them: names of files have some hundred.</summary>
    private const int LongestText = 4096;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Labels of a group of rows.</summary>
    /// <param name="file">The file.</param>
    /// <param name="pages">The column's pages.</param>
    /// <returns>One for each row; null where the row has none.</returns>
    /// <exception cref="InvalidDataException">A page is not right, or too large.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IEnumerable<ArchivedLabel?> Labels(SafeFileHandle file, IEnumerable<PagePlace> pages)
    {
        long[]? dictionary = null;
        foreach (var page in pages)
        {
            if (page.Header.IsData == false)
            {
                dictionary = PageValues.NumbersOfDictionary(page, Content(file, page));
                continue;
            }

            var (places, values) = PageValues.Numbers(page, Content(file, page), dictionary);
            foreach (var place in places)
            {
                yield return place < 0 ? null : ArchivedLabel.Of(values[place]);
            }
        }
    }

    /// <summary>Texts of a group of rows.</summary>
    /// <inheritdoc cref="Labels"/>
    public static IEnumerable<string?> Texts(SafeFileHandle file, IEnumerable<PagePlace> pages)
    {
        ByteValues? dictionary = null;
        Dictionary<int, string> known = []; // of many rows that say the same, one text
        foreach (var page in pages)
        {
            if (page.Header.IsData == false)
            {
                dictionary = PageValues.BytesOfDictionary(page, Content(file, page));
                continue;
            }

            var (places, values) = PageValues.Bytes(page, Content(file, page), dictionary);
            foreach (var place in places)
            {
                if (place < 0 || values != dictionary)
                {
                    yield return place < 0 ? null : TextOf(values[place], page.Column);
                    continue;
                }

                if (!known.TryGetValue(place, out var text))
                {
                    known.Add(place, text = TextOf(values[place], page.Column));
                }

                yield return text;
            }
        }
    }

    private static string TextOf(ReadOnlySpan<byte> bytes, ParquetColumn column)
    {
        if (bytes.Length > LongestText)
        {
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture, $"has a text of {bytes.Length:N0} bytes in column '{column.Path}', which is to hold names and has at most {LongestText:N0} in each"));
        }

        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidDataException($"has a text in column '{column.Path}' that is not UTF-8");
        }
    }

    private static byte[] Content(SafeFileHandle file, PagePlace page) => page.Header.Uncompressed <= LongestPage
        ? PageBytes.Read(file, page)
        : throw new InvalidDataException($"has {page.Header.Uncompressed} bytes in a page of column '{page.Column.Path}', which is to hold short texts or numbers");
}
