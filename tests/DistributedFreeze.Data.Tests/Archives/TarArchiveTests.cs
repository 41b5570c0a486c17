using System.Formats.Tar;
using System.Text;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;
using SkiaSharp;

namespace DistributedFreeze.Data.Archives;

/// <summary>Tars in WebDataset's form, read where they lie.</summary>
public sealed class TarArchiveTests : IDisposable
{
    private readonly DrawnFolder _drawn = new();
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _red;
    private readonly byte[] _green;
    private readonly byte[] _blue;

    public TarArchiveTests()
    {
        _drawn.Image("red.png", SKColors.Red).Image("green.jpg", SKColors.Green, SKEncodedImageFormat.Jpeg).Image("blue.png", SKColors.Blue);
        (_red, _green, _blue) = (File.ReadAllBytes(_drawn.At("red.png")), File.ReadAllBytes(_drawn.At("green.jpg")), File.ReadAllBytes(_drawn.At("blue.png")));
    }

    public void Dispose()
    {
        _drawn.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void ImagesAreReadByOffset_WithTheClassesBesideThem()
    {
        Tar("photos.tar", [.. Sample("a/0001.png", _red, "rose"), .. Sample("a/0002.JPG", _green, "tulip\n"), ("a/0002.txt", "a tulip in the sun"u8.ToArray()), .. Sample("0001.png", _blue, "rose")]);

        var set = Scan("photos.tar");

        Assert.Equal(["rose", "tulip"], set.Classes);
        Assert.Equal(["photos.tar/0001.png", "photos.tar/a/0001.png", "photos.tar/a/0002.JPG"], set.Train.Select(image => image.Path));
        Assert.Equal([ImageHash.Of(_blue), ImageHash.Of(_red), ImageHash.Of(_green)], set.Train.Select(image => image.Hash));
        Assert.Equal([_blue.Length, _red.Length, _green.Length], set.Train.Select(image => (int)image.Length));
        Assert.Equal(_red, set.ContentOf(set.Train[1]).ToArray());
        Assert.Equal(_folder.In("photos.tar"), set.ContentOf(set.Train[1]).File);
        Assert.Empty(set.Report.Ignored);
    }

    [Theory]
    [InlineData("USTAR_FORMAT")]
    [InlineData("GNU_FORMAT")]
    [InlineData("PAX_FORMAT")]
    public void PythonsTars_AreReadInEveryFormat(string format)
    {
        Python($"""
            import io, sys, tarfile
            folder, out = sys.argv[1:]
            with tarfile.open(out, "w", format=tarfile.{format}) as tar:
                def add(name, data):
                    entry = tarfile.TarInfo(name); entry.size = len(data)
                    tar.addfile(entry, io.BytesIO(data))
                for key, label in (("short", "rose"), ("{new string('d', 60)}/{new string('n', 80)}", "tulip"), ("dir/blüte" if "{format}" != "USTAR_FORMAT" else "dir/b", "rose")):
                    tar.addfile(tarfile.TarInfo("dir/")) if False else None
                    add(key + ".png", open(folder + "/red.png", "rb").read())
                    add(key + ".cls", label.encode())
                link = tarfile.TarInfo("link.png"); link.type = tarfile.SYMTYPE; link.linkname = "/etc/passwd"
                tar.addfile(link)
            """, _drawn.Root, _folder.In("photos.tar"));

        var set = Scan("photos.tar");

        Assert.Equal(["rose", "tulip"], set.Classes);
        Assert.Equal(3, set.Train.Length);
        Assert.All(set.Train, image => Assert.Equal(_red, set.ContentOf(image).ToArray()));
        Assert.Equal($"photos.tar/{new string('d', 60)}/{new string('n', 80)}.png", set.Train.Single(image => image.Class == 1).Path);
        Assert.Equal("photos.tar/link.png (a link, which is not followed)", Assert.Single(set.Report.Ignored).ToString());
    }

    [Theory]
    [InlineData("json", "{\"label\": \"rose\", \"more\": [1, {}]}", "rose")]
    [InlineData("json", "{\"cls\": 7}", "7")]
    [InlineData("json", "{\"class\": \"rose\"}", "rose")]
    [InlineData("txt", " rose \r\n", "rose")]
    [InlineData("cls", "12", "12")]
    public void AClassStandsInAnyOfThreeMembers(string extension, string text, string expected)
    {
        Tar("photos.tar", [("a.png", _red), ($"a.{extension}", Encoding.UTF8.GetBytes(text)), .. Sample("b.png", _blue, "zz")]);

        Assert.Equal([expected, "zz"], Scan("photos.tar").Classes);
    }

    [Fact]
    public void NumbersAreNamedByTheListBesideTheArchives()
    {
        Tar("photos-000000.tar", [.. Sample("0.png", _red, "1"), .. Sample("1.png", _blue, "0")]);
        Tar("photos-000001.tar", [.. Sample("2.png", _green, "1")]);
        _folder.Write("classnames.txt", "rose\r\ntulip\n\n");

        var set = DrawnFolder.Scan(new() { Path = _folder.Path, ValidationShare = 0, TestShare = 0 }, seed: 0);

        Assert.Equal(["rose", "tulip"], set.Classes);
        Assert.Equal(["photos-000000.tar/1.png", "photos-000000.tar/0.png", "photos-000001.tar/2.png"], set.Train.Select(image => image.Path));
    }

    [Fact]
    public void ANumberThatTheListDoesNotName_IsRefused()
    {
        Tar("photos.tar", [.. Sample("0.png", _red, "2"), .. Sample("1.png", _blue, "-1")]);
        _folder.Write("classes.txt", "rose\ntulip\n");

        Assert.Equal(
            ["photos.tar/0.png: says class 2, but classes.txt names 2 classes: 0 to 1", "photos.tar/1.png: says class -1, but classes.txt names 2 classes: 0 to 1"],
            Refused("photos.tar"));
    }

    [Fact]
    public void WhatIsNoSample_IsReported()
    {
        Tar("photos.tar", [
            .. Sample("a.png", _red, "rose"), .. Sample("b.png", _blue, "tulip"), ("c.cls", "rose"u8.ToArray()), ("d.png", _red), ("e.1.png", _red), ("e.cls", "rose"u8.ToArray()),
            ("../x.png", _red), ("/y.png", _red), ("f/../../z.png", _red), (".DS_Store", [0]), ("._a.png", [0]), ("g.png\u001b", _red),
        ]);

        Assert.Equal(
            [
                "../x.png (its name leads out of the archive)", ".DS_Store (hidden)", "._a.png (hidden)",
                "/y.png (its name is that of a place outside, as it begins with /)",
                "c.cls (no image beside it: 'c' has no .jpg, .jpeg, .png, .webp or .bmp)",
                "d.png (no class beside it (.cls, .json or .txt))",
                "e.1.png (a part of a sample by another name than an image's: a sample's name ends at the first dot, and its image is called .jpg or the like right behind it)",
                "e.1.png (no image beside it: 'e' has no .jpg, .jpeg, .png, .webp or .bmp)",
                "f/../../z.png (its name leads out of the archive)", "g.png\\x1b (its name has control characters)",
            ],
            Scan("photos.tar").Report.Ignored.Select(file => file.ToString()["photos.tar/".Length..]));
    }

    [Fact]
    public void LinksDevicesAndPipes_AreReported_AndFoldersAreNot()
    {
        using (var stream = File.Create(_folder.In("photos.tar")))
        using (var tar = new TarWriter(stream, TarEntryFormat.Gnu))
        {
            foreach (var (name, content) in (IEnumerable<(string, byte[])>)[.. Sample("a.png", _red, "rose"), .. Sample("b.png", _blue, "tulip")])
            {
                tar.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
            }

            tar.WriteEntry(new GnuTarEntry(TarEntryType.Directory, "folder/"));
            tar.WriteEntry(new GnuTarEntry(TarEntryType.SymbolicLink, "c.png") { LinkName = "a.png" });
            tar.WriteEntry(new GnuTarEntry(TarEntryType.HardLink, "d.png") { LinkName = "a.png" });
            tar.WriteEntry(new GnuTarEntry(TarEntryType.CharacterDevice, "e.png") { DeviceMajor = 1, DeviceMinor = 5 });
            tar.WriteEntry(new GnuTarEntry(TarEntryType.Fifo, "f.png"));
        }

        Assert.Equal(
            ["c.png (a link, which is not followed)", "d.png (a link, which is not followed)", "e.png (no plain file)", "f.png (no plain file)"],
            Scan("photos.tar").Report.Ignored.Select(file => file.ToString()["photos.tar/".Length..]));
    }

    [Fact]
    public void OneNameTwice_AndAnImageInTwoForms_AreRefused()
    {
        Tar("photos.tar", [.. Sample("a.png", _red, "rose"), ("a.png", _blue), .. Sample("b.png", _blue, "tulip"), ("b.jpg", _green), ("c.png", _red), ("c.cls", []), ("d.png", _red), ("d.json", "{"u8.ToArray()), ("e.json", "{\"label\": [1]}"u8.ToArray())]);

        Assert.Equal(
            [
                "photos.tar/a.png: stands in the archive twice; keep one of them",
                "photos.tar/b.jpg: is an image of the same name as b.png; a sample has one image",
                "photos.tar/c.cls: says no class; a class is a text of 1 to 255 characters on one line, or a whole number",
                "photos.tar/d.json: is no JSON; a class is a text of 1 to 255 characters on one line, or a whole number",
                "photos.tar/e.json: says no class in 'label'; a class is a text of 1 to 255 characters on one line, or a whole number",
            ],
            Refused("photos.tar"));
    }

    [Fact]
    public void AnArchiveThatBreaksOff_IsRefused_WhereverItDoes()
    {
        Tar("photos.tar", [.. Sample("a.png", _red, "rose"), .. Sample("b.png", _blue, "tulip")]);
        var whole = File.ReadAllBytes(_folder.In("photos.tar"));
        var end = whole.Length - 1024;
        Assert.Equal(2, Scan("photos.tar").Train.Length);

        for (var length = 0; length < end; length += 97)
        {
            File.WriteAllBytes(_folder.In("photos.tar"), whole[..length]);

            Assert.Matches("^photos.tar: (is empty, 0 bytes|breaks off: .*)", Assert.Single(Refused("photos.tar")));
        }
    }

    [Fact]
    public void ADamagedHeader_IsRefused_WithItsPlace()
    {
        Tar("photos.tar", [("a.png", _red), .. Sample("b.png", _blue, "tulip")]);
        var bytes = File.ReadAllBytes(_folder.In("photos.tar"));
        var second = Enumerable.Range(1, bytes.Length / 512).Select(block => block * 512).First(block => bytes.AsSpan(block).StartsWith("b.png"u8));
        bytes[second] ^= 1;
        File.WriteAllBytes(_folder.In("photos.tar"), bytes);

        Assert.StartsWith("photos.tar: is damaged: a header does not hold the sum of its bytes; write the archive anew (at byte ", Assert.Single(Refused("photos.tar")));
    }

    [Theory]
    [InlineData(124, "77777777777 ", "breaks off: a member of 8,589,934,591 bytes, and ")]
    [InlineData(124, "\u0080\0\0\0\u007f\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff", "breaks off: a member of 9,223,372,036,854,775,807 bytes, and ")]
    [InlineData(124, "\u0080\0\0\u0001\0\0\0\0\0\0\0\0", "has a member whose length is no number, or none that a file may have")]
    [InlineData(124, "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff", "has a member whose length is no number, or none that a file may have")]
    [InlineData(124, "abc", "has a member whose length is no number, or none that a file may have")]
    public void ALengthThatCannotBe_IsRefused(int at, string field, string expected)
    {
        var header = Header("a.png", '0', 5);
        Encoding.Latin1.GetBytes(field).CopyTo(header, at);
        File.WriteAllBytes(_folder.In("photos.tar"), [.. Summed(header), .. new byte[2048]]);

        Assert.StartsWith($"photos.tar: {expected}", Assert.Single(Refused("photos.tar")));
    }

    [Theory]
    [InlineData("10 path=\u0001\n", null)]
    [InlineData("999999999 path=a\n", "has a pax header that cannot be read")]
    [InlineData("5 size", "has a pax header that cannot be read")]
    [InlineData("18 size=999999999999999999999999\n", "has a pax header that cannot be read")]
    [InlineData("30 size=9223372036854775807\n", "has a pax header that cannot be read")]
    [InlineData("28 size=9223372036854775807\n", "breaks off: a member of 9,223,372,036,854,775,807 bytes")]
    [InlineData("25 GNU.sparse.major=1\n\n\n\n", "holds no image")]
    public void PaxHeaders_AreNotBelieved(string records, string? expected)
    {
        var bytes = Encoding.Latin1.GetBytes(records);
        File.WriteAllBytes(_folder.In("photos.tar"), [.. Summed(Header("x", 'x', bytes.Length)), .. Padded(bytes), .. Summed(Header("a.png", '0', 5)), .. new byte[512], .. new byte[1024]]);

        Assert.Contains(expected ?? "holds no image", Assert.Single(Refused("photos.tar")));
    }

    [Fact]
    public void AnEndlessPaxHeader_TakesNoMemory()
    {
        using (var file = File.Create(_folder.In("photos.tar")))
        {
            file.Write(Summed(Header("x", 'x', 7_000_000_000)));
            file.SetLength(7_000_002_000); // a hole, so that no disk is needed
        }

        Assert.Equal("photos.tar: has a header of 7,000,000,000 bytes, more than the 1,048,576 that are read; write the archive anew", Assert.Single(Refused("photos.tar")));
    }

    [Fact]
    public void MembersWithoutEnd_AreNotRead()
    {
        File.WriteAllBytes(_folder.In("photos.tar"), [.. Enumerable.Repeat(Summed(Header("a.png", '0', 0)), 4).SelectMany(header => header), .. new byte[1024]]);
        using var file = Coordination.Files.RegularFile.Open(_folder.In("photos.tar"));

        Assert.Equal(4, new TarMembers(new(file), "photos.tar", most: 4).Read().Count());
        var refused = Assert.Throws<InvalidInputException>(() => new TarMembers(new(file), "photos.tar", most: 3).Read().Count());
        Assert.Equal("photos.tar: has more than 3 members; spread them over several archives (at byte 1,536)", refused.Problems[0].ToString());
    }

    [Fact]
    public void ACheckpointOfPyTorch_IsNoArchive()
    {
        _drawn.Image("rose/a.png").Image("tulip/b.png", SKColors.Red).Bytes("best.pth.tar", [1, 2, 3]);

        var set = DrawnFolder.Scan(new() { Path = _drawn.Root, ValidationShare = 0, TestShare = 0 }, seed: 0);

        Assert.Contains("best.pth.tar (lies in no class folder)", set.Report.Ignored.Select(ignored => ignored.ToString()));
    }

    [Fact]
    public void AMemberOfManyGigabytes_IsPassedOver()
    {
        using (var file = File.Create(_folder.In("photos.tar")))
        {
            file.Write(Summed(Header("film.mp4", '0', 7_000_000_000)));
            file.Position += 7_000_000_000; // a multiple of 512
            foreach (var (name, content) in (IEnumerable<(string, byte[])>)[.. Sample("a.png", _red, "rose"), .. Sample("b.png", _blue, "tulip")])
            {
                file.Write([.. Summed(Header(name, '0', content.Length)), .. Padded(content)]);
            }

            file.Write(new byte[1024]);
        }

        var set = Scan("photos.tar");

        Assert.Equal([ImageHash.Of(_red), ImageHash.Of(_blue)], set.Train.Select(image => image.Hash));
    }

    [Theory]
    [InlineData("photos.tar.gz")]
    [InlineData("photos.TGZ")]
    [InlineData("photos.tar.zst")]
    public void ACompressedTar_IsRefused_ByItselfAndInAFolder(string name)
    {
        File.WriteAllBytes(_folder.In(name), [0x1F, 0x8B, 8]);
        var message = $"data.path: '{_folder.In(name)}' is a compressed archive, in which images cannot be read in place; decompress it to a plain .tar, which makes photographs hardly larger, or unpack it";

        Assert.Equal(message, Assert.Single(Refused(name)));
        Assert.Equal(message, Assert.Single(Refused("")));
    }

    [Fact]
    public void ATarThatIsCompressedUnderItsPlainName_IsRefused()
    {
        File.WriteAllBytes(_folder.In("photos.tar"), [0x1F, 0x8B, .. new byte[1022]]);

        Assert.StartsWith("photos.tar: is compressed (gzip)", Assert.Single(Refused("photos.tar")));
    }

    [Fact]
    public void AnImageThatIsNone_IsUnreadable_AsAFileIs()
    {
        Tar("photos.tar", [.. Sample("a.png", _red, "rose"), .. Sample("b.png", _blue, "tulip"), .. Sample("c.png", [1, 2, 3], "rose"), .. Sample("d.png", [], "rose"), .. Sample("e.png", _green, "rose")]);

        var set = DrawnFolder.Scan(new() { Path = _folder.In("photos.tar"), MaxSkippedShare = 1, ValidationShare = 0, TestShare = 0 }, seed: 0, verify: true);

        Assert.Equal(["photos.tar/c.png (no image that can be decoded: IncompleteInput)", "photos.tar/d.png (empty, 0 bytes)"], set.Report.Unreadable.Select(file => file.ToString()));
        Assert.Equal("photos.tar/e.png (the content is JPEG)", Assert.Single(set.Report.Misnamed).ToString());
    }

    [Fact]
    public void TheOnlyImageOfAClassInAnArchive_MayBeUnreadable_WhereOthersHaveMore()
    {
        Tar("photos-0.tar", [.. Sample("a.png", _red, "rose"), .. Sample("b.png", [1, 2, 3], "tulip")]);
        Tar("photos-1.tar", [.. Sample("c.png", _green, "rose"), .. Sample("d.png", _blue, "tulip")]);

        var set = DrawnFolder.Scan(new() { Path = _folder.In(""), MaxSkippedShare = 1, ValidationShare = 0, TestShare = 0 }, seed: 0, verify: true);

        Assert.Equal("photos-0.tar/b.png", Assert.Single(set.Report.Unreadable).Path);
        Assert.Equal(3, set.Train.Length);
    }

    [Fact]
    public void WhatFollowsTheEmptyBlocks_IsNotLeftOutInSilence()
    {
        Tar("a.tar", [.. Sample("a.png", _red, "rose"), .. Sample("b.png", _blue, "tulip")]);
        var whole = File.ReadAllBytes(_folder.In("a.tar"));
        File.WriteAllBytes(_folder.In("two.tar"), [.. whole, .. whole]);

        Assert.Contains("two.tar: has an empty block, with which a tar ends, and ", Assert.Single(Refused("two.tar")), StringComparison.Ordinal);
    }

    [Fact]
    public void ANameWithoutEnd_IsCut()
    {
        var name = new string('n', 60_000);
        Tar("a.tar", [.. Sample("a.png", _red, "rose"), .. Sample("b.png", _blue, "tulip"), ($"{name}.png", _green)]);

        var ignored = Assert.Single(Scan("a.tar").Report.Ignored).ToString();

        Assert.Equal($"a.tar/{name[..255]} (its name has 60,004 bytes, more than 4,096)", ignored);
    }

    [Fact]
    public void ASparseFileOfManyPieces_IsPassedOver()
    {
        var header = Header("holes.bin", 'S', 512);
        header[482] = 1;
        File.WriteAllBytes(_folder.In("a.tar"),
        [
            .. Summed(header), .. new byte[504], 1, .. new byte[7], .. new byte[512], .. Enumerable.Repeat((byte)7, 512),
            .. ((IEnumerable<(string Name, byte[] Content)>)[.. Sample("a.png", _red, "rose"), .. Sample("b.png", _blue, "tulip")])
                .SelectMany(file => Summed(Header(file.Name, '0', file.Content.Length)).Concat(Padded(file.Content))),
            .. new byte[1024],
        ]);

        var set = Scan("a.tar");

        Assert.Equal(2, set.Train.Length);
        Assert.StartsWith("a.tar/holes.bin (stored without its holes", Assert.Single(set.Report.Ignored).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void AnArchiveThatChanges_IsNoticed()
    {
        Tar("photos.tar", [.. Sample("a.png", _red, "rose"), .. Sample("b.png", _blue, "tulip")]);
        var set = Scan("photos.tar");
        Tar("photos.tar", [.. Sample("a.png", _blue, "rose"), .. Sample("b.png", _red, "tulip")]);
        var decoder = new ImageDecoder(new() { Path = "" });

        var refused = Assert.Throws<InvalidInputException>(() => decoder.Read(set.ContentOf(set.Train[0]), set.Train[0].Hash, new byte[224 * 224 * 3]));

        Assert.StartsWith($"{_folder.In("photos.tar/a.png")}: has changed since the images were listed", refused.Problems[0].ToString());
    }

    private DataSet Scan(string name) => DrawnFolder.Scan(new() { Path = _folder.In(name), ValidationShare = 0, TestShare = 0 }, seed: 0);

    private IEnumerable<string> Refused(string name) =>
        Assert.Throws<InvalidInputException>(() => Scan(name)).Problems.Select(problem => problem.ToString());

    private void Tar(string name, IEnumerable<(string Name, byte[] Content)> files) => WrittenArchives.Tar(_folder.In(name), files);

    private static IEnumerable<(string Name, byte[] Content)> Sample(string image, byte[] content, string label) => WrittenArchives.Sample(image, content, label);

    private static byte[] Header(string name, char kind, long length)
    {
        var header = new byte[512];
        Encoding.Latin1.GetBytes(name).CopyTo(header, 0);
        Encoding.Latin1.GetBytes(Convert.ToString(length, 8).PadLeft(11, '0')).CopyTo(header, 124);
        header[156] = (byte)kind;
        "ustar\0"u8.CopyTo(header.AsSpan(257));
        return header;
    }

    private static byte[] Summed(byte[] header)
    {
        header.AsSpan(148, 8).Fill((byte)' ');
        Encoding.Latin1.GetBytes(Convert.ToString(header.Sum(one => one), 8).PadLeft(6, '0') + "\0").CopyTo(header, 148);
        return header;
    }

    private static byte[] Padded(byte[] content) => [.. content, .. new byte[(512 - (content.Length % 512)) % 512]];

    private static void Python(string script, params string[] args)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3") || Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "python3"))), "There is no python3.");
        using var python = System.Diagnostics.Process.Start("python3", ["-c", script, .. args]);
        python.WaitForExit();
        Assert.Equal(0, python.ExitCode);
    }
}
