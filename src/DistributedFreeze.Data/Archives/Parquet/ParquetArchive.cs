using System.Globalization;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Data.Archives.Parquet;

/// <summary>A Parquet file of encoded images and their classes, read where it lies. Immutable and thread-safe.</summary>
/// <remarks>An image is a value in a page, and to read it takes to read and decompress that page; the last pages are kept.</remarks>
internal sealed class ParquetArchive : IImageArchive
{
    /// <summary>Rows of one file: those of a data set are spread over files of some thousand each.</summary>
    internal const int MostRows = 2_000_000;

    private const int LongestName = 255;

    /// <summary>Characters of all names of a file.</summary>
    private const long MostText = 64 << 20;

    /// <summary>How often a file's length pages of names and classes may come to in all, and how much they may in any case: pages may be named many times.</summary>
    private const long MostGain = 100, AnyGain = 1 << 30;

    private readonly string _path;
    private readonly PageCache _cache;
    private readonly List<ImagePage> _pages = [];
    private long _listed;
    private long _text;

    private ParquetArchive(string path, PageCache cache) => (_path, _cache) = (path, cache);

    /// <summary>Lists a file.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="cache">Keeps pages of images.</param>
    /// <exception cref="InvalidInputException">It cannot be read, or has no column of images.</exception>
    public static ArchiveContents Read(string path, string name, PageCache cache)
    {
        try
        {
            using var file = RegularFile.Open(path);
            return new ParquetArchive(path, cache).Read(file, name);
        }
        catch (InvalidDataException bad)
        {
            throw new InvalidInputException(name, bad.Message);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(name, $"cannot be read: {refused.Message}") { IsStorage = true };
        }
    }

    /// <inheritdoc/>
    public ImageContent ContentOf(int index, string path) => new Cell(path, this, index);

    private ArchiveContents Read(SafeFileHandle file, string name)
    {
        var window = new FileWindow(file);
        var footer = ParquetFooter.Read(window);
        var chosen = ChosenColumns.Of(ParquetColumn.Of(footer.Schema), HuggingFaceFeatures.Of(footer.Metadata));
        var contents = new ArchiveContents(name, this)
        {
            ClassNames = chosen.ClassNames,
            Unlabelled = chosen.Label is null ? $"the file has no column called {ChosenColumns.LabelNames}" : "its row says no class",
        };
        long rows = 0;
        foreach (var group in footer.Groups)
        {
            rows += group.Rows is >= 0 and <= MostRows ? group.Rows : MostRows + 1L;
            if (rows > MostRows || rows > window.Length)
            {
                throw new InvalidDataException(rows > MostRows
                    ? string.Create(CultureInfo.InvariantCulture, $"has more than {MostRows:N0} rows, or an impossible number of them; spread them over several files")
                    : "has more rows than bytes, so that most of them can have no image");
            }

            Read(file, window, group, chosen, contents);
        }

        contents.ThrowIfRefused();
        return contents;
    }

    private void Read(SafeFileHandle file, FileWindow window, RowGroup group, ChosenColumns chosen, ArchiveContents contents)
    {
        var first = contents.Images.Count;
        PagePlace? dictionary = null;
        var row = first;
        foreach (var page in PagePlace.Of(window, group, chosen.Image))
        {
            dictionary = page.Header.IsData == false ? page : dictionary;
            if (page.Header.IsData == true)
            {
                _pages.Add(new(page, PageValues.RefersToDictionary(page) ? dictionary : null, row));
                row += page.Header.Values;
            }
        }

        using var names = (chosen.Name is { } name ? ColumnTexts.Texts(file, Counted(window, PagePlace.Of(window, group, name))) : []).GetEnumerator();
        using var labels = Labels(file, window, group, chosen.Label).GetEnumerator();
        for (var i = 0; i < group.Rows; i++)
        {
            var number = (first + i).ToString("D7", CultureInfo.InvariantCulture);
            var called = names.MoveNext() ? names.Current : null;
            var label = labels.MoveNext() ? Checked(labels.Current, contents, number) : null;
            _text += called?.Length ?? 0;
            contents.Images.Add(_text <= MostText ? new(BaseOf(called) is { } shown ? $"{number}/{shown}" : number, string.IsNullOrEmpty(called) ? $"{contents.Name}/{number}" : called, label)
                : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"has more than {MostText:N0} characters in names; spread its images over several files")));
        }
    }

    /// <summary>Pages that are read whole while the file is listed.</summary>
    private IEnumerable<PagePlace> Counted(FileWindow window, IEnumerable<PagePlace> pages)
    {
        foreach (var page in pages)
        {
            _listed += page.Header.Uncompressed;
            yield return _listed <= Math.Max(AnyGain, MostGain * window.Length) ? page
                : throw new InvalidDataException("names the same pages again and again, or has pages that grow out of all proportion; it is damaged, or made to take time");
        }
    }

    private IEnumerable<ArchivedLabel?> Labels(SafeFileHandle file, FileWindow window, RowGroup group, ParquetColumn? column) =>
        column is null ? []
        : column.Type == ParquetType.ByteArray ? ColumnTexts.Texts(file, Counted(window, PagePlace.Of(window, group, column))).Select(text => text is null ? (ArchivedLabel?)null : new ArchivedLabel(text.Trim(), Number: null))
        : ColumnTexts.Labels(file, Counted(window, PagePlace.Of(window, group, column)));

    /// <summary>A number below zero says that the class is not known, as in the test split of many a data set.</summary>
    private static ArchivedLabel? Checked(ArchivedLabel? label, ArchiveContents contents, string row)
    {
        if (label is not { } said || said.Number < 0)
        {
            return null;
        }

        if (!ArchiveContents.IsClass(said.Text))
        {
            contents.Refuse(row, $"says no class; {ArchiveContents.RightClass}");
        }

        return label;
    }

    /// <returns>The name of the file that an image was; null where it says nothing, or nothing that could be shown.</returns>
    private static string? BaseOf(string? path) =>
        path is not null && path[(path.LastIndexOf('/') + 1)..] is { Length: > 0 and <= LongestName } name && name is not ("." or "..") && !name.Any(char.IsControl) ? name : null;

    private int Read(int row, ContentRoom room)
    {
        var (low, high) = (0, _pages.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _pages[middle].FirstRow <= row ? (middle, high) : (low, middle - 1);
        }

        var page = _pages[low];
        try
        {
            var (places, values) = _cache.Get(page.Place, page.Place.Header.Uncompressed, () => Values(page));
            if (page.Dictionary is { } shared)
            {
                _cache.Touch(shared);
            }

            if (places[row - page.FirstRow] is not (>= 0 and var place))
            {
                throw new IOException("no image: its cell is empty (null)");
            }

            var bytes = values[place];
            bytes.CopyTo(room(bytes.Length));
            return bytes.Length;
        }
        catch (InvalidDataException bad)
        {
            throw new IOException(bad.Message);
        }
    }

    private PageRows<ByteValues> Values(ImagePage page)
    {
        using var file = RegularFile.Open(_path);
        var dictionary = page.Dictionary is { } first ? _cache.Get(first, first.Header.Uncompressed, () => PageValues.BytesOfDictionary(first, PageBytes.Read(file, first))) : null;
        return PageValues.Bytes(page.Place, PageBytes.Read(file, page.Place), dictionary);
    }

    /// <summary>A page of images.</summary>
    /// <param name="Place">Where it lies.</param>
    /// <param name="Dictionary">The page of values that it may refer to.</param>
    /// <param name="FirstRow">Number of its first row.</param>
    private sealed record ImagePage(PagePlace Place, PagePlace? Dictionary, int FirstRow);

    /// <summary>An image that is a value in a page.</summary>
    private sealed class Cell(string path, ParquetArchive archive, int row) : ImageContent(path)
    {
        public override string File => archive._path;

        public override int Read(ContentRoom room) => archive.Read(row, room);
    }
}
