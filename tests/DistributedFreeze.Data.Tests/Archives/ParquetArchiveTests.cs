using DistributedFreeze.Data.Archives.Parquet;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;
using Parquet;
using SkiaSharp;

namespace DistributedFreeze.Data.Archives;

/// <summary>Parquet files of encoded images, read where they lie; Parquet.Net writes them.</summary>
public sealed class ParquetArchiveTests : IDisposable
{
    private static readonly string[] Flowers = ["rose", "tulip"];

    private readonly DrawnFolder _drawn = new();
    private readonly TemporaryFolder _folder = new();
    private readonly List<byte[]> _images = [];

    public ParquetArchiveTests()
    {
        for (var i = 0; i < 12; i++)
        {
            _drawn.Image($"{i}.png", new SKColor((byte)(i * 20), 100, 50), width: 8 + i);
            _images.Add(File.ReadAllBytes(_drawn.At($"{i}.png")));
        }
    }

    public static TheoryData<CompressionMethod, bool, int?> Ways =>
    [
        .. from codec in (CompressionMethod[])[CompressionMethod.None, CompressionMethod.Snappy, CompressionMethod.Gzip, CompressionMethod.Brotli, CompressionMethod.Zstd]
           from hasDictionary in (bool[])[false, true]
           from rowsInGroup in (int?[])[null, 5]
           select (codec, hasDictionary, rowsInGroup),
    ];

    public void Dispose()
    {
        _drawn.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void HuggingFacesLayout_IsRead_HoweverItIsCompressed(CompressionMethod codec, bool hasDictionary, int? rowsInGroup)
    {
        WrittenArchives.Parquet(_folder.In("train.parquet"), Rows(), Flowers, codec, rowsInGroup, hasDictionary);

        var set = Scan("train.parquet");

        Assert.Equal(Flowers, set.Classes);
        Assert.Equal(_images.Where((_, i) => i % 2 == 0).Concat(_images.Where((_, i) => i % 2 == 1)).Select(image => ImageHash.Of(image)), set.Train.Select(image => image.Hash));
        Assert.Equal("train.parquet/0000003/03.png", set.Train[7].Path);
        Assert.Equal(_images.Select(image => (long)image.Length).Order(), set.Train.Select(image => image.Length).Order());
        Assert.All(set.Train, image => Assert.Equal(image.Hash, ImageHash.Of(set.ContentOf(image).ToArray())));
    }

    [Fact]
    public void BytesInAColumnOfTheirOwn_AndTextsAsClasses_AreRead()
    {
        WrittenArchives.Write(_folder.In("a.parquet"), _images.Select((image, i) => new PlainRow { Image = image, Class = i < 3 ? "tulip" : "rose" }));

        var set = Scan("a.parquet");

        Assert.Equal(Flowers, set.Classes);
        Assert.Equal("a.parquet/0000000", set.Train[9].Path);
        Assert.Equal(ImageHash.Of(_images[0]), set.Train[9].Hash);
        Assert.Empty(set.Report.Misnamed);
    }

    [Fact]
    public void NumbersWithoutNames_AreClassesAsTheyStand_OrTakeTheListBesideThem()
    {
        WrittenArchives.Parquet(_folder.In("a.parquet"), Rows());
        Assert.Equal(["0", "1"], Scan("a.parquet").Classes);

        _folder.Write("classnames.txt", "tulip\nrose\n");
        Assert.Equal(["rose", "tulip"], Scan("a.parquet").Classes);
    }

    [Fact]
    public void WhatIsMissing_IsReported()
    {
        var rows = Rows().ToList();
        rows[2].image = null;
        rows[3].image!.bytes = null;
        rows[4].label = null;
        rows[5].label = -1;
        rows[6].image!.path = null;
        rows[7].image!.path = "../../etc/passwd";
        rows[8].image!.path = "a\u0007.png";
        WrittenArchives.Parquet(_folder.In("a.parquet"), rows, Flowers);

        var set = DrawnFolder.Scan(new() { Path = _folder.In("a.parquet"), ValidationShare = 0, TestShare = 0, MaxSkippedShare = 1 }, seed: 0);

        Assert.Equal(
            ["a.parquet/0000002 (no image: its cell is empty (null))", "a.parquet/0000003/03.png (no image: its cell is empty (null))"],
            set.Report.Unreadable.Select(file => file.ToString()));
        Assert.Equal(["a.parquet/0000004/04.png (its row says no class)", "a.parquet/0000005/05.png (its row says no class)"], set.Report.Ignored.Select(file => file.ToString()));
        Assert.Equal(
            ["a.parquet/0000000/00.png", "a.parquet/0000001/01.png", "a.parquet/0000006", "a.parquet/0000007/passwd", "a.parquet/0000008"],
            set.Train.Select(image => image.Path).Order(StringComparer.Ordinal).Take(5));
    }

    [Fact]
    public void WithoutClasses_NothingIsToTrainOn()
    {
        WrittenArchives.Write(_folder.In("a.parquet"), _images.Select(image => new ImageRow { Image = image }));

        Assert.Contains("is not used, such as a.parquet/0000000 (the file has no column called label, labels, class or cls)", Refused("a.parquet"));
        Assert.Equal(12, ImageFolder.FindAll(_folder.In("a.parquet")).Count);
    }

    [Fact]
    public void ColumnsThatCannotBe_AreRefusedByTheirNames()
    {
        WrittenArchives.Write(_folder.In("two.parquet"), _images.Select(image => new TwoImages { Left = image, Right = image, Label = 1 }));
        WrittenArchives.Write(_folder.In("list.parquet"), _images.Select(image => new ListRow { Images = [new() { bytes = image }], Label = 1 }));
        WrittenArchives.Write(_folder.In("none.parquet"), _images.Select(_ => new NoImage { Path = "a.jpg", Label = 1 }));
        WrittenArchives.Write(_folder.In("half.parquet"), _images.Select(image => new FractionRow { Image = image, Label = 0.5 }));
        WrittenArchives.Write(_folder.In("tags.parquet"), _images.Select(image => new TagRow { Image = image, Label = [1, 2] }));

        Assert.Equal("two.parquet: has several columns of images, 'Left' and 'Right'; write it with one of them alone", Refused("two.parquet"));
        Assert.Equal("list.parquet: has lists of images in column 'Images'; a row has one image", Refused("list.parquet"));
        Assert.Equal("none.parquet: has no column of images: one of bytes, or of structs of bytes and path as Hugging Face writes it; there are 'Path' (texts), 'Label' (whole numbers)", Refused("none.parquet"));
        Assert.Equal("half.parquet: has numbers with fractions in column 'Label'; a class is a whole number or a text", Refused("half.parquet"));
        Assert.Equal("tags.parquet: has lists in column 'Label'; a class is a whole number or a text", Refused("tags.parquet"));
    }

    [Theory]
    [InlineData("""{"info": {"features": {"label": {"names": ["a", "a"], "_type": "ClassLabel"}}}}""", "names two classes of column 'label' alike")]
    [InlineData("""{"info": {"features": {"label": {"names": ["a", 3], "_type": "ClassLabel"}}}}""", "names a class of column 'label' ''")]
    [InlineData("{", "has metadata of key 'huggingface' that are no JSON")]
    public void MetadataThatCannotBe_AreRefused(string json, string expected)
    {
        WrittenArchives.Write(_folder.In("a.parquet"), Rows(), new() { ["huggingface"] = json });

        Assert.StartsWith($"a.parquet: {expected}", Refused("a.parquet"));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"info\": 3}")]
    [InlineData("{\"info\": {\"features\": [1]}}")]
    [InlineData("{\"info\": {\"features\": {\"label\": [{\"dtype\": \"int64\"}]}}}")]
    public void MetadataOfAnotherKind_SayNothing(string json)
    {
        WrittenArchives.Write(_folder.In("a.parquet"), Rows(), new() { ["huggingface"] = json });

        Assert.Equal(["0", "1"], Scan("a.parquet").Classes);
    }

    [Fact]
    public void AFileThatBreaksOff_IsRefused_WhereverItDoes()
    {
        WrittenArchives.Parquet(_folder.In("a.parquet"), Rows(), Flowers);
        var whole = File.ReadAllBytes(_folder.In("a.parquet"));

        for (var length = 0; length < whole.Length; length += 41)
        {
            File.WriteAllBytes(_folder.In("a.parquet"), whole[..length]);
            Assert.StartsWith("a.parquet: ", Refused("a.parquet"));
        }

        // The end is there, and says of a part that is not that it is.
        for (var missing = 1; missing < whole.Length - 400; missing += 53)
        {
            File.WriteAllBytes(_folder.In("a.parquet"), [.. whole[..4], .. whole[(4 + missing)..]]);
            try
            {
                Scan("a.parquet");
            }
            catch (InvalidInputException)
            {
                // refused, or images that cannot be read
            }
        }
    }

    [Fact]
    public void APageThatBecomesFarLarger_IsNotReadIntoMemory()
    {
        WrittenArchives.Parquet(_folder.In("a.parquet"), Rows(), Flowers, CompressionMethod.Zstd);
        using var file = Coordination.Files.RegularFile.Open(_folder.In("a.parquet"));
        var window = new FileWindow(file);
        var footer = ParquetFooter.Read(window);
        var image = ParquetColumn.Of(footer.Schema).Single(column => column.Path == "image.bytes");
        var page = PagePlace.Of(window, footer.Groups[0], image).Last();

        var refused = Assert.Throws<InvalidDataException>(() => PageBytes.Read(file, page with { Header = page.Header with { Uncompressed = PageBytes.Most } }));
        Assert.Contains("which no images do", refused.Message);
        Assert.Contains("more than the 1,073,741,824 that are read", Assert.Throws<InvalidDataException>(() => PageBytes.Read(file, page with { Header = page.Header with { Uncompressed = PageBytes.Most + 1 } })).Message);
        Assert.Contains("is damaged", Assert.Throws<InvalidDataException>(() => PageBytes.Read(file, page with { Header = page.Header with { Uncompressed = page.Header.Uncompressed + 1 } })).Message);
    }

    [Fact]
    public void TheCacheKeepsWhatItsBudgetHolds_AndReadsEachPageOnce()
    {
        WrittenArchives.Parquet(_folder.In("a.parquet"), Rows(), Flowers, rowsInGroup: 4);
        using var file = Coordination.Files.RegularFile.Open(_folder.In("a.parquet"));
        var window = new FileWindow(file);
        var footer = ParquetFooter.Read(window);
        var image = ParquetColumn.Of(footer.Schema).Single(column => column.Path == "image.bytes");
        List<PagePlace> pages = [.. footer.Groups.SelectMany(group => PagePlace.Of(window, group, image)).Where(page => page.Header.IsData == true)];
        Assert.Equal(3, pages.Count);
        var cache = new PageCache(budget: 20);
        var reads = new List<int>();
        string Get(int page) => cache.Get(pages[page], bytes: 10, () =>
        {
            reads.Add(page);
            return $"{page}";
        });

        Assert.Equal("0 1 0 2 0 1", string.Join(' ', "010201".Select(page => Get(page - '0'))));

        Assert.Equal([0, 1, 2, 1], reads);
        Assert.Throws<IOException>(() => new PageCache(0).Get<string>(pages[0], 1, () => throw new IOException()));
    }

    [Fact]
    public void WhatFillsMemoryFromAFewBytes_IsRefused()
    {
        WrittenArchives.Write(_folder.In("a.parquet"), _images.Select(image => new PlainRow { Image = image, Class = new string('a', 5_000) }));
        Assert.Equal("a.parquet: has a text of 5,000 bytes in column 'Class', which is to hold names and has at most 4,096 in each", Refused("a.parquet"));

        // A footer of 30,000 empty elements, a byte each: of the schema (field 2), and of groups (field 4).
        foreach (var (field, what) in ((byte, string)[])[(2, "has more than 2,000 columns"), (4, "is damaged")])
        {
            byte[] footer = [(byte)((field << 4) | 9), 0xFC, 0xB0, 0xEA, 1, .. new byte[field == 2 ? 30_000 : 20]];
            File.WriteAllBytes(_folder.In("b.parquet"), [.. "PAR1"u8, .. footer, .. BitConverter.GetBytes(footer.Length), .. "PAR1"u8]);
            Assert.Contains(field == 2 ? what : "b.parquet: ", Refused("b.parquet"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ATextThatLooksLikeANumber_IsAClassLikeAnyOther()
    {
        WrittenArchives.Write(_folder.In("a.parquet"), _images.Select((image, i) => new PlainRow { Image = image, Class = i % 2 == 0 ? "-1" : " 1 " }));

        Assert.Equal(["-1", "1"], Scan("a.parquet").Classes);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void ThriftOfAllKinds_IsPassedOver_AndNothingBehindTheEndIsRead(int depth)
    {
        // A struct of a list of structs, a map, a double and texts, as the compact protocol writes them, in itself some times.
        byte[] inner = [0x18, 2, 65, 66, 0x17, 0, 0, 0, 0, 0, 0, 0, 0, 0x1B, 1, 0x85, 1, 65, 2, 0x19, 0x21, 1, 2, 0];
        byte[] nested = inner;
        for (var i = 0; i < depth; i++)
        {
            nested = [0x1C, .. nested, 0x19, 0x1C, .. inner, 0];
        }

        var reader = new ThriftReader(nested);
        reader.Skip(ThriftType.Struct);
        Assert.Equal(nested.Length, reader.Position);
        for (var length = 0; length < nested.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => new ThriftReader(nested.AsSpan(0, length)).Skip(ThriftType.Struct));
        }

        byte[] endless = [.. Enumerable.Repeat((byte)0x1C, 100_000)];
        Assert.Throws<InvalidDataException>(() => new ThriftReader(endless).Skip(ThriftType.Struct));
    }

    [Fact]
    public void RunsOfNumbers_AreTheFormatsOwnExample()
    {
        // Encodings.md of the format: 0 to 7 in three bits each are these three bytes; a run of 4 is its length times two, then the number.
        var numbers = new int[12];
        HybridRuns.Read([0b0000_0011, 0b1000_1000, 0b1100_0110, 0b1111_1010, 4 << 1, 5], 3, numbers);

        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 5, 5, 5, 5], numbers);
        Assert.Throws<InvalidDataException>(() => HybridRuns.Read([4 << 1], 3, new int[4]));
        Assert.Throws<InvalidDataException>(() => HybridRuns.Read([0, 1], 3, new int[4]));
    }

    [Fact]
    public void DifferencesOfNumbers_AreTheFormatsOwnExample()
    {
        // 7, 5, 3, 1, 2, 3, 4, 5: differences from -2 on are 0, 0, 0, 3, 3, 3, 3 in two bits; in blocks of 128 of 4 parts.
        ReadOnlySpan<byte> bytes = [0x80, 0x01, 4, 8, 14, 3, 2, 0, 0, 0, 0b1100_0000, 0b0011_1111, 0, 0, 0, 0, 0, 0, 99];
        var rest = bytes;

        Assert.Equal([7, 5, 3, 1, 2, 3, 4, 5], DeltaNumbers.Read(ref rest, 8));
        Assert.Equal([99], rest.ToArray());
    }

    [Fact]
    public void TextsThatShareBeginnings_AreJoined()
    {
        // axis, axle, babble, babyhood: prefixes 0 2 0 3, then the rests, as in Encodings.md.
        static byte[] Deltas(params int[] numbers)
        {
            List<byte> bytes = [0x80, 0x01, 4, (byte)numbers.Length, (byte)(numbers[0] << 1)];
            var differences = numbers.Skip(1).Zip(numbers, (next, last) => next - last).ToList();
            var least = differences.Min();
            bytes.AddRange([(byte)((least << 1) ^ (least >> 31)), 8, 0, 0, 0]);
            return [.. bytes, .. differences.Select(one => (byte)(one - least)), .. new byte[32 - differences.Count]];
        }

        byte[] page = [.. Deltas(0, 2, 0, 3), .. Deltas(4, 2, 6, 5), .. "axislebabbleyhood"u8];
        var values = ByteValues.AfterPrefixes(page, 0, 4);

        Assert.Equal(["axis", "axle", "babble", "babyhood"], Enumerable.Range(0, 4).Select(i => System.Text.Encoding.UTF8.GetString(values[i])));
    }

    private IEnumerable<HubRow> Rows() => _images.Select((image, i) => new HubRow { image = new() { bytes = image, path = $"{i:D2}.png" }, label = i % 2 });

    private DataSet Scan(string name) => DrawnFolder.Scan(new() { Path = _folder.In(name), ValidationShare = 0, TestShare = 0 }, seed: 0);

    private string Refused(string name) => Assert.Single(Assert.Throws<InvalidInputException>(() => Scan(name)).Problems).ToString();

    private sealed class PlainRow
    {
        public byte[]? Image { get; set; }

        public string? Class { get; set; }
    }

    private sealed class ImageRow
    {
        public byte[]? Image { get; set; }
    }

    private sealed class TwoImages
    {
        public byte[]? Left { get; set; }

        public byte[]? Right { get; set; }

        public int Label { get; set; }
    }

    private sealed class ListRow
    {
        public List<HubImage>? Images { get; set; }

        public int Label { get; set; }
    }

    private sealed class NoImage
    {
        public string? Path { get; set; }

        public int Label { get; set; }
    }

    private sealed class FractionRow
    {
        public byte[]? Image { get; set; }

        public double Label { get; set; }
    }

    private sealed class TagRow
    {
        public byte[]? Image { get; set; }

        public List<int>? Label { get; set; }
    }
}
