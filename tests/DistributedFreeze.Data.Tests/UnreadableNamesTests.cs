using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data;

/// <summary>Names that are not UTF-8, such as archives from other systems bring: nothing can open them, and nothing may drop them silently.</summary>
public sealed class UnreadableNamesTests : IDisposable
{
    private readonly DrawnFolder _folder = new();

    public UnreadableNamesTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux keeps names that are no text.");
        _folder.Images("train/a", 3).Images("train/b", 3).Images("train/c", 3).Images("val/a", 3);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("train/c", @"caf\351", @"train/caf\xe9", "latin1")]
    [InlineData("val/a", @"caf\202", @"val/caf\x82", "cp850")]
    [InlineData("train/a/001.png", @"na\357ve.png", @"train/a/na\xefve.png", "latin1")]
    [InlineData("val/a/001.png", @"\214\303\274.JPG", @"val/a/\x8c\xc3\xbc.JPG", "cp850")]
    public void AClassOrAnImage_IsRefusedByItsBytes(string path, string name, string shown, string encoding)
    {
        _folder.RenamedToBytes(path, name);

        var scan = Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(_folder.Spec, 0));
        var outline = Assert.Throws<InvalidInputException>(() => DataOutline.Read(_folder.Spec, 0));

        Assert.Equal(
            new Problem(
                "data.path",
                $"'{_folder.Root}' holds a name that is not UTF-8, {shown}; rename it, for instance with: "
                + $"convmv -r -f {encoding} -t utf8 --notest '{_folder.Root}' (-f is the encoding of the names as they are)"),
            Assert.Single(scan.Problems));
        Assert.Equal(scan.Message, outline.Message);
    }

    [Fact]
    public void Many_AreOneProblem()
    {
        _folder.RenamedToBytes("train/c", @"caf\351").RenamedToBytes("train/a/000.png", @"\344.png").RenamedToBytes("train/a/001.png", @"\366.png");

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(_folder.Spec, 0)).Problems);

        Assert.Contains(@"holds 3 names that are not UTF-8, such as train/a/\xe4.png;", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsPassedOverAnyway_IsReported()
    {
        _folder.Bytes("train/a/notes.txt", [1]).RenamedToBytes("train/a/notes.txt", @"no\351.txt")
            .Bytes("train/a/hidden.png", [1]).RenamedToBytes("train/a/hidden.png", @".\351.png")
            .Images("extras", 1).RenamedToBytes("extras", @"extr\351")
            .Images("train/a/nested", 1).RenamedToBytes("train/a/nested", @"nest\351");

        var ignored = DrawnFolder.Scan(_folder.Spec, 0).Report.Ignored;

        Assert.Equal(
            [
                new(@"extr\xe9", "a folder beside the train folder"),
                new(@"train/a/.\xe9.png", "hidden"),
                new(@"train/a/nest\xe9", "a folder inside a class folder"),
                new(@"train/a/no\xe9.txt", $"not {ImageFormats.Names}"),
            ],
            ignored);
    }

    [Fact]
    public void TheReplacementSignItself_IsANameLikeAnyOther()
    {
        _folder.Image("train/a/\uFFFD.png").Images("train/\uFFFD", 2);

        var set = DrawnFolder.Scan(_folder.Spec, 0);

        Assert.Contains("\uFFFD", set.Classes);
        Assert.Equal(12, set.Train.Length + set.Test.Length);

        // Here .NET lists two files of one name.
        _folder.Image("train/a/x.png").RenamedToBytes("train/a/x.png", @"\377.png");
        var refused = Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(_folder.Spec, 0));
        Assert.Contains(@"a name that is not UTF-8, train/a/\xff.png;", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ImagesToPredict_AreRefusedInAnyFolderBelow()
    {
        _folder.Images("more/deep", 2).RenamedToBytes("more/deep/001.png", @"\351.png").RenamedToBytes("more/deep", @"d\350");
        _folder.RenamedToBytes("train/a/000.png", @"\351.png").Bytes("train/a/t.txt", [1]).RenamedToBytes("train/a/t.txt", @"\351.txt");

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => ImageFolder.Find(_folder.Root)).Problems);

        Assert.Equal(_folder.Root, problem.Field);
        Assert.StartsWith(@"holds 2 names that are not UTF-8, such as more/d\xe8;", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ClassesThatAreOnlyCounted_AreRefusedToo()
    {
        Assert.Equal(["a", "b", "c"], DataOutline.ClassesIn(_folder.Root, "--data"));
        _folder.RenamedToBytes("train/c", @"caf\351");

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => DataOutline.ClassesIn(_folder.Root, "--data")).Problems);

        Assert.Equal("--data", problem.Field);
        Assert.Contains(@"train/caf\xe9", problem.Message, StringComparison.Ordinal);
    }
}
