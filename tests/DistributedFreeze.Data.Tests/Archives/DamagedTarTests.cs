using System.Formats.Tar;
using System.Text;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Archives;

/// <summary>Tars that are damaged, or made to do harm.</summary>
public sealed class DamagedTarTests : TarTests
{
    [Fact]
    public void LinksDevicesAndPipes_AreReported_AndFoldersAreNot()
    {
        using (var stream = File.Create(Folder.In("photos.tar")))
        using (var tar = new TarWriter(stream, TarEntryFormat.Gnu))
        {
            foreach (var (name, content) in (IEnumerable<(string, byte[])>)[.. Sample("a.png", Red, "rose"), .. Sample("b.png", Blue, "tulip")])
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
    public void AnArchiveThatBreaksOff_IsRefused_WhereverItDoes()
    {
        Tar("photos.tar", [.. Sample("a.png", Red, "rose"), .. Sample("b.png", Blue, "tulip")]);
        var whole = File.ReadAllBytes(Folder.In("photos.tar"));
        var end = whole.Length - 1024;
        Assert.Equal(2, Scan("photos.tar").Train.Length);

        for (var length = 0; length < end; length += 97)
        {
            File.WriteAllBytes(Folder.In("photos.tar"), whole[..length]);

            Assert.Matches("^photos.tar: (is empty, 0 bytes|breaks off: .*)", Assert.Single(Refused("photos.tar")));
        }
    }

    [Fact]
    public void ADamagedHeader_IsRefused_WithItsPlace()
    {
        Tar("photos.tar", [("a.png", Red), .. Sample("b.png", Blue, "tulip")]);
        var bytes = File.ReadAllBytes(Folder.In("photos.tar"));
        var second = Enumerable.Range(1, bytes.Length / 512).Select(block => block * 512).First(block => bytes.AsSpan(block).StartsWith("b.png"u8));
        bytes[second] ^= 1;
        File.WriteAllBytes(Folder.In("photos.tar"), bytes);

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
        File.WriteAllBytes(Folder.In("photos.tar"), [.. Summed(header), .. new byte[2048]]);

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
        File.WriteAllBytes(Folder.In("photos.tar"), [.. Summed(Header("x", 'x', bytes.Length)), .. Padded(bytes), .. Summed(Header("a.png", '0', 5)), .. new byte[512], .. new byte[1024]]);

        Assert.Contains(expected ?? "holds no image", Assert.Single(Refused("photos.tar")));
    }

    [Fact]
    public void AnEndlessPaxHeader_TakesNoMemory()
    {
        using (var file = File.Create(Folder.In("photos.tar")))
        {
            file.Write(Summed(Header("x", 'x', 7_000_000_000)));
            file.SetLength(7_000_002_000); // a hole, so that no disk is needed
        }

        Assert.Equal("photos.tar: has a header of 7,000,000,000 bytes, more than the 1,048,576 that are read; write the archive anew", Assert.Single(Refused("photos.tar")));
    }

    [Fact]
    public void MembersWithoutEnd_AreNotRead()
    {
        File.WriteAllBytes(Folder.In("photos.tar"), [.. Enumerable.Repeat(Summed(Header("a.png", '0', 0)), 4).SelectMany(header => header), .. new byte[1024]]);
        using var file = Coordination.Files.RegularFile.Open(Folder.In("photos.tar"));

        Assert.Equal(4, new TarMembers(new(file), "photos.tar", most: 4).Read().Count());
        var refused = Assert.Throws<InvalidInputException>(() => new TarMembers(new(file), "photos.tar", most: 3).Read().Count());
        Assert.Equal("photos.tar: has more than 3 members; spread them over several archives (at byte 1,536)", refused.Problems[0].ToString());
    }

    [Fact]
    public void AMemberOfManyGigabytes_IsPassedOver()
    {
        using (var file = File.Create(Folder.In("photos.tar")))
        {
            file.Write(Summed(Header("film.mp4", '0', 7_000_000_000)));
            file.Position += 7_000_000_000; // a multiple of 512
            foreach (var (name, content) in (IEnumerable<(string, byte[])>)[.. Sample("a.png", Red, "rose"), .. Sample("b.png", Blue, "tulip")])
            {
                file.Write([.. Summed(Header(name, '0', content.Length)), .. Padded(content)]);
            }

            file.Write(new byte[1024]);
        }

        var set = Scan("photos.tar");

        Assert.Equal([ImageHash.Of(Red), ImageHash.Of(Blue)], set.Train.Select(image => image.Hash));
    }

    [Fact]
    public void ATarThatIsCompressedUnderItsPlainName_IsRefused()
    {
        File.WriteAllBytes(Folder.In("photos.tar"), [0x1F, 0x8B, .. new byte[1022]]);

        Assert.StartsWith("photos.tar: is compressed (gzip)", Assert.Single(Refused("photos.tar")));
    }

    [Fact]
    public void WhatFollowsTheEmptyBlocks_IsNotLeftOutInSilence()
    {
        Tar("a.tar", [.. Sample("a.png", Red, "rose"), .. Sample("b.png", Blue, "tulip")]);
        var whole = File.ReadAllBytes(Folder.In("a.tar"));
        File.WriteAllBytes(Folder.In("two.tar"), [.. whole, .. whole]);

        Assert.Contains("two.tar: has an empty block, with which a tar ends, and ", Assert.Single(Refused("two.tar")), StringComparison.Ordinal);
    }

    [Fact]
    public void ANameWithoutEnd_IsCut()
    {
        var name = new string('n', 60_000);
        Tar("a.tar", [.. Sample("a.png", Red, "rose"), .. Sample("b.png", Blue, "tulip"), ($"{name}.png", Green)]);

        var ignored = Assert.Single(Scan("a.tar").Report.Ignored).ToString();

        Assert.Equal($"a.tar/{name[..255]} (its name has 60,004 bytes, more than 4,096)", ignored);
    }

    [Fact]
    public void ASparseFileOfManyPieces_IsPassedOver()
    {
        var header = Header("holes.bin", 'S', 512);
        header[482] = 1;
        File.WriteAllBytes(Folder.In("a.tar"),
        [
            .. Summed(header), .. new byte[504], 1, .. new byte[7], .. new byte[512], .. Enumerable.Repeat((byte)7, 512),
            .. ((IEnumerable<(string Name, byte[] Content)>)[.. Sample("a.png", Red, "rose"), .. Sample("b.png", Blue, "tulip")])
                .SelectMany(file => Summed(Header(file.Name, '0', file.Content.Length)).Concat(Padded(file.Content))),
            .. new byte[1024],
        ]);

        var set = Scan("a.tar");

        Assert.Equal(2, set.Train.Length);
        Assert.StartsWith("a.tar/holes.bin (stored without its holes", Assert.Single(set.Report.Ignored).ToString(), StringComparison.Ordinal);
    }
}
