using System.Text;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;
using SkiaSharp;

namespace DistributedFreeze.Data.Archives;

/// <summary>Tars in WebDataset's form, read where they lie.</summary>
public sealed class TarArchiveTests : TarTests
{
    [Fact]
    public void ImagesAreReadByOffset_WithTheClassesBesideThem()
    {
        Tar("photos.tar", [.. Sample("a/0001.png", Red, "rose"), .. Sample("a/0002.JPG", Green, "tulip\n"), ("a/0002.txt", "a tulip in the sun"u8.ToArray()), .. Sample("0001.png", Blue, "rose")]);

        var set = Scan("photos.tar");

        Assert.Equal(["rose", "tulip"], set.Classes);
        Assert.Equal(["photos.tar/0001.png", "photos.tar/a/0001.png", "photos.tar/a/0002.JPG"], set.Train.Select(image => image.Path));
        Assert.Equal([ImageHash.Of(Blue), ImageHash.Of(Red), ImageHash.Of(Green)], set.Train.Select(image => image.Hash));
        Assert.Equal([Blue.Length, Red.Length, Green.Length], set.Train.Select(image => (int)image.Length));
        Assert.Equal(Red, set.ContentOf(set.Train[1]).ToArray());
        Assert.Equal(Folder.In("photos.tar"), set.ContentOf(set.Train[1]).File);
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
            """, Drawn.Root, Folder.In("photos.tar"));

        var set = Scan("photos.tar");

        Assert.Equal(["rose", "tulip"], set.Classes);
        Assert.Equal(3, set.Train.Length);
        Assert.All(set.Train, image => Assert.Equal(Red, set.ContentOf(image).ToArray()));
        Assert.Equal($"photos.tar/{new string('d', 60)}/{new string('n', 80)}.png", set.Train.Single(image => image.Class == 1).Path);
        Assert.Equal("photos.tar/link.png (a link, which is not followed)", Assert.Single(set.Report.Ignored).ToString());
    }

    [Theory]
    [InlineData("json", "{\"label\": \"rose\", \"more\": [1, {}]}", "rose")]
    [InlineData("json", "{\"cls\": 7}", "7")]
    [InlineData("cls", "\uFEFFrose\r\n", "rose")]
    [InlineData("json", "{\"class\": \"rose\"}", "rose")]
    [InlineData("txt", " rose \r\n", "rose")]
    [InlineData("cls", "12", "12")]
    public void AClassStandsInAnyOfThreeMembers(string extension, string text, string expected)
    {
        Tar("photos.tar", [("a.png", Red), ($"a.{extension}", Encoding.UTF8.GetBytes(text)), .. Sample("b.png", Blue, "zz")]);

        Assert.Equal([expected, "zz"], Scan("photos.tar").Classes);
    }

    [Fact]
    public void NumbersAreNamedByTheListBesideTheArchives()
    {
        Tar("photos-000000.tar", [.. Sample("0.png", Red, "1"), .. Sample("1.png", Blue, "0")]);
        Tar("photos-000001.tar", [.. Sample("2.png", Green, "1")]);
        Folder.Write("classnames.txt", "rose\r\ntulip\n\n");

        var set = DrawnFolder.Scan(new() { Path = Folder.Path, ValidationShare = 0, TestShare = 0 }, seed: 0);

        Assert.Equal(["rose", "tulip"], set.Classes);
        Assert.Equal(["photos-000000.tar/1.png", "photos-000000.tar/0.png", "photos-000001.tar/2.png"], set.Train.Select(image => image.Path));
    }

    [Fact]
    public void WhatFollowsTheJson_IsRefused()
    {
        Tar("photos.tar", [.. Sample("a.png", Red, "rose"), ("b.png", Blue), ("b.json", "{\"label\": \"tulip\"} {}"u8.ToArray())]);

        Assert.StartsWith("photos.tar/b.json: is no JSON", Assert.Single(Refused("photos.tar")), StringComparison.Ordinal);
    }

    [Fact]
    public void ANumberThatTheListDoesNotName_IsRefused()
    {
        Tar("photos.tar", [.. Sample("0.png", Red, "2"), .. Sample("1.png", Blue, "-1")]);
        Folder.Write("classes.txt", "rose\ntulip\n");

        Assert.Equal(
            ["photos.tar/0.png: says class 2, but classes.txt names 2 classes: 0 to 1", "photos.tar/1.png: says class -1, but classes.txt names 2 classes: 0 to 1"],
            Refused("photos.tar"));
    }

    [Fact]
    public void WhatIsNoSample_IsReported()
    {
        Tar("photos.tar", [
            .. Sample("a.png", Red, "rose"), .. Sample("b.png", Blue, "tulip"), ("c.cls", "rose"u8.ToArray()), ("d.png", Red), ("e.1.png", Red), ("e.cls", "rose"u8.ToArray()),
            ("../x.png", Red), ("/y.png", Red), ("f/../../z.png", Red), (".DS_Store", [0]), ("._a.png", [0]), ("g.png\u001b", Red),
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
    public void OneNameTwice_AndAnImageInTwoForms_AreRefused()
    {
        Tar("photos.tar", [.. Sample("a.png", Red, "rose"), ("a.png", Blue), .. Sample("b.png", Blue, "tulip"), ("b.jpg", Green), ("c.png", Red), ("c.cls", []), ("d.png", Red), ("d.json", "{"u8.ToArray()), ("e.json", "{\"label\": [1]}"u8.ToArray())]);

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
    public void ACheckpointOfPyTorch_IsNoArchive()
    {
        Drawn.Image("rose/a.png").Image("tulip/b.png", SKColors.Red).Bytes("best.pth.tar", [1, 2, 3]);

        var set = DrawnFolder.Scan(new() { Path = Drawn.Root, ValidationShare = 0, TestShare = 0 }, seed: 0);

        Assert.Contains("best.pth.tar (lies in no class folder)", set.Report.Ignored.Select(ignored => ignored.ToString()));
    }

    [Theory]
    [InlineData("photos.tar.gz")]
    [InlineData("photos.TGZ")]
    [InlineData("photos.tar.zst")]
    public void ACompressedTar_IsRefused_ByItselfAndInAFolder(string name)
    {
        File.WriteAllBytes(Folder.In(name), [0x1F, 0x8B, 8]);
        var message = $"data.path: '{Folder.In(name)}' is a compressed archive, in which images cannot be read in place; decompress it to a plain .tar, which makes photographs hardly larger, or unpack it";

        Assert.Equal(message, Assert.Single(Refused(name)));
        Assert.Equal(message, Assert.Single(Refused("")));
    }

    [Fact]
    public void AnImageThatIsNone_IsUnreadable_AsAFileIs()
    {
        Tar("photos.tar", [.. Sample("a.png", Red, "rose"), .. Sample("b.png", Blue, "tulip"), .. Sample("c.png", [1, 2, 3], "rose"), .. Sample("d.png", [], "rose"), .. Sample("e.png", Green, "rose")]);

        var set = DrawnFolder.Scan(new() { Path = Folder.In("photos.tar"), MaxSkippedShare = 1, ValidationShare = 0, TestShare = 0 }, seed: 0, verify: true);

        Assert.Equal(["photos.tar/c.png (no image that can be decoded: IncompleteInput)", "photos.tar/d.png (empty, 0 bytes)"], set.Report.Unreadable.Select(file => file.ToString()));
        Assert.Equal("photos.tar/e.png (the content is JPEG)", Assert.Single(set.Report.Misnamed).ToString());
    }

    [Fact]
    public void TheOnlyImageOfAClassInAnArchive_MayBeUnreadable_WhereOthersHaveMore()
    {
        Tar("photos-0.tar", [.. Sample("a.png", Red, "rose"), .. Sample("b.png", [1, 2, 3], "tulip")]);
        Tar("photos-1.tar", [.. Sample("c.png", Green, "rose"), .. Sample("d.png", Blue, "tulip")]);

        var set = DrawnFolder.Scan(new() { Path = Folder.In(""), MaxSkippedShare = 1, ValidationShare = 0, TestShare = 0 }, seed: 0, verify: true);

        Assert.Equal("photos-0.tar/b.png", Assert.Single(set.Report.Unreadable).Path);
        Assert.Equal(3, set.Train.Length);
    }

    [Fact]
    public void AnArchiveThatChanges_IsNoticed()
    {
        Tar("photos.tar", [.. Sample("a.png", Red, "rose"), .. Sample("b.png", Blue, "tulip")]);
        var set = Scan("photos.tar");
        Tar("photos.tar", [.. Sample("a.png", Blue, "rose"), .. Sample("b.png", Red, "tulip")]);
        var decoder = new ImageDecoder(new() { Path = "" });

        var refused = Assert.Throws<InvalidInputException>(() => decoder.Read(set.ContentOf(set.Train[0]), set.Train[0].Hash, new byte[224 * 224 * 3]));

        Assert.StartsWith($"{Folder.In("photos.tar/a.png")}: has changed since the images were listed", refused.Problems[0].ToString());
    }

    private static void Python(string script, params string[] args)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3") || Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "python3"))), "There is no python3.");
        using var python = System.Diagnostics.Process.Start("python3", ["-c", script, .. args]);
        python.WaitForExit();
        Assert.Equal(0, python.ExitCode);
    }
}
