using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;
using SkiaSharp;

namespace DistributedFreeze.Data;

public sealed class DataSetTests : IDisposable
{
    private readonly DrawnFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Scan_TakesSplitFoldersAsTheyAre_InOrdinalOrder()
    {
        _folder.Images("train/b", 2).Images("train/a", 2).Image("train/B/z.PNG").Image("valid/a/v.png").Image("test/b/t.png");

        var set = DrawnFolder.Scan(_folder.Spec, seed: 1);

        Assert.Equal(["B", "a", "b"], set.Classes);
        Assert.Equal(["train/B/z.PNG", "train/a/000.png", "train/a/001.png", "train/b/000.png", "train/b/001.png"], set.Train.Select(i => i.Path));
        Assert.Equal([0, 1, 1, 2, 2], set.Train.Select(i => i.Class));
        Assert.Equal([0, 1, 2, 3, 4], set.Train.Select(i => i.Index));
        var content = File.ReadAllBytes(_folder.At("valid/a/v.png"));
        Assert.Equal(new LabelledImage(0, "valid/a/v.png", 1, content.Length, ImageHash.Of(content)), Assert.Single(set.Validation));
        Assert.Equal("test/b/t.png", Assert.Single(set.Test).Key);
        Assert.True(File.Exists(set.ContentOf(set.Test[0]).Path));
        Assert.Empty(set.Report.Ignored);
    }

    [Fact]
    public void Scan_SplitsEveryClassByItsShares()
    {
        _folder.Images("a", 20).Images("b", 40);

        var set = DrawnFolder.Scan(_folder.Spec with { ValidationShare = 0.2, TestShare = 0.1 }, seed: 3);

        Assert.Equal([14, 28], set.Train.CountBy(i => i.Class).Select(c => c.Value));
        Assert.Equal([4, 8], set.Validation.CountBy(i => i.Class).Select(c => c.Value));
        Assert.Equal([2, 4], set.Test.CountBy(i => i.Class).Select(c => c.Value));
        Assert.Equal(60, set.Train.Concat(set.Validation).Concat(set.Test).Select(i => i.Key).Distinct().Count());
    }

    [Fact]
    public void Scan_SplitsTheSameForASeed_AndOtherwiseForAnother()
    {
        _folder.Images("a", 20).Images("b", 20);

        var first = DrawnFolder.Scan(_folder.Spec, seed: 1);

        Assert.Equal(first.Hash, DrawnFolder.Scan(_folder.Spec, seed: 1).Hash);
        Assert.NotEqual(first.Hash, DrawnFolder.Scan(_folder.Spec, seed: 2).Hash);
        // Chosen by SHA-256 of seed and path; another choice would change every result.
        Assert.Equal(["a/007.png", "a/010.png", "a/017.png"], first.Test.Take(3).Select(i => i.Path));
    }

    [Fact]
    public void Scan_SplitsOnlyTheMissingPartOffTrain()
    {
        _folder.Images("train/a", 10).Images("train/b", 10).Images("val/a", 1).Images("val/b", 1);

        var set = DrawnFolder.Scan(_folder.Spec with { TestShare = 0.2, ValidationShare = 0.5 }, seed: 1);

        Assert.Equal((16, 2, 4), (set.Train.Length, set.Validation.Length, set.Test.Length));
        Assert.All(set.Test, i => Assert.StartsWith("train/", i.Path));
    }

    [Fact]
    public void Scan_LeavesEveryClassAnImageToTrainOn()
    {
        _folder.Images("a", 1).Images("b", 2);

        var set = DrawnFolder.Scan(_folder.Spec with { ValidationShare = 0.45, TestShare = 0.5 }, seed: 1);

        Assert.Equal([0, 1], set.Train.Select(i => i.Class));
        Assert.Equal((0, 1), (set.Validation.Length, set.Test.Length));
    }

    [Theory]
    [InlineData("test/plastic", "'plastic'", "train/a/1.png", "train/b/1.png", "test/plastic/1.png")]
    [InlineData("data.path", "1 class", "a/1.png")]
    [InlineData("data.path", "no train", "val/a/1.png", "val/b/1.png")]
    [InlineData("data.path", "val and validation", "train/a/1.png", "train/b/1.png", "val/a/1.png", "validation/a/1.png")]
    [InlineData("data.path", "2 images that lie in none", "1.png", "2.png")]
    [InlineData("b", "holds no", "a/1.png", "b/1.gif")]
    [InlineData("data.path", "'{root}/test' holds no class folders", "train/a/1.png", "train/b/1.png", "test/1.png")]
    public void Scan_RefusesAnotherLayout(string field, string message, params string[] images)
    {
        foreach (var image in images)
        {
            _folder.Image(image);
        }

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(_folder.Spec, 0)).Problems);

        Assert.Equal(field, problem.Field);
        Assert.Contains(message.Replace("{root}", _folder.Root, StringComparison.Ordinal), problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_NamesEveryEmptyClassFolder()
    {
        _folder.Images("train/a", 1).Images("train/b", 1);
        Directory.CreateDirectory(_folder.At("train/c"));
        Directory.CreateDirectory(_folder.At("train/d"));

        var refused = Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(_folder.Spec, 0));

        Assert.Equal(["train/c", "train/d"], refused.Problems.Select(p => p.Field).Order());
    }

    [Theory]
    [InlineData("", "name the folder")]
    [InlineData("missing", "does not exist")]
    [InlineData("file", "is a file")]
    [InlineData("nothing", "one folder per class")]
    public void Scan_SaysWhatTheFolderShouldBe(string path, string message)
    {
        _folder.Bytes("file", [1]);
        Directory.CreateDirectory(_folder.At("nothing"));

        var refused = Assert.Throws<InvalidInputException>(
            () => DrawnFolder.Scan(_folder.Spec with { Path = path.Length == 0 ? path : _folder.At(path) }, 0));

        Assert.Equal("data.path", Assert.Single(refused.Problems).Field);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_ReportsWhatItLeavesOut()
    {
        _folder.Images("a", 5).Images("b", 5)
            .Bytes("a/empty.jpg", []).Bytes("a/text.jpg", "not an image"u8.ToArray())
            .Image("b/huge.png", width: 200, height: 100)
            .Image("b/misnamed.jpg")
            .Bytes(".hidden/x.png", [1]).Bytes("a/.x.png", [1]).Bytes("a/moving.gif", [1]).Bytes("b/notes.txt", [1]).Bytes("LICENSE", [1])
            .Image("b/inner/x.png");
        File.CreateSymbolicLink(_folder.At("a/gone.png"), _folder.At("nowhere.png"));

        var set = DrawnFolder.Scan(_folder.Spec with { MaxSkippedShare = 0.5, MaxPixels = 19_999, TestShare = 0, ValidationShare = 0 }, seed: 0);

        Assert.Equal(15, set.Report.ImageFiles);
        Assert.Equal(4.0 / 15, set.Report.UnreadableShare);
        Assert.Equal(["a/empty.jpg", "a/gone.png", "a/text.jpg", "b/huge.png"], set.Report.Unreadable.Select(f => f.Path));
        Assert.Collection(
            set.Report.Unreadable.Select(f => f.Reason),
            reason => Assert.Contains("0 bytes", reason, StringComparison.Ordinal),
            reason => Assert.Contains("leads to no file", reason, StringComparison.Ordinal),
            reason => Assert.Contains("no image", reason, StringComparison.Ordinal),
            reason => Assert.Contains("200 x 100 pixels", reason, StringComparison.Ordinal));
        Assert.Equal([new ReportedFile("b/misnamed.jpg", "the content is PNG")], set.Report.Misnamed);
        Assert.Contains("b/misnamed.jpg", set.Train.Select(i => i.Path));
        Assert.Equal([".hidden", "LICENSE", "a/.x.png", "a/moving.gif", "b/inner", "b/notes.txt"], set.Report.Ignored.Select(f => f.Path));
        Assert.Equal(11, set.Train.Length);
    }

    [Fact]
    public void Scan_RefusesMoreUnreadableFilesThanAllowed_NamingTheFirstTen()
    {
        _folder.Images("a", 10).Images("b", 10);
        for (var i = 0; i < 12; i++)
        {
            _folder.Bytes($"a/bad{i:D2}.jpg", []);
        }

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(_folder.Spec, 0)).Problems);

        Assert.Equal("data.max_skipped_share", problem.Field);
        Assert.Contains("12 of 32 image files (37.50 %) cannot be read, more than the limit of 1.00 %", problem.Message, StringComparison.Ordinal);
        Assert.Contains("a/bad09.jpg (empty, 0 bytes); and 2 more", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("bad10", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_NamesAClassOfWhichNothingCanBeRead()
    {
        _folder.Images("a", 3).Images("b", 3).Bytes("c/x.png", []);

        var refused = Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(_folder.Spec with { MaxSkippedShare = 1 }, 0));

        Assert.Equal("c", Assert.Single(refused.Problems).Field);
    }

    [Fact]
    public void Scan_FindsATruncatedFileOnlyWhenItVerifies()
    {
        _folder.Images("a", 3).Images("b", 3).Image("b/cut.jpg", format: SKEncodedImageFormat.Jpeg, width: 64, height: 64);
        var whole = File.ReadAllBytes(_folder.At("b/cut.jpg"));
        _folder.Bytes("b/cut.jpg", whole[..^20]);
        var spec = _folder.Spec with { MaxSkippedShare = 0.2, TestShare = 0, ValidationShare = 0 };

        Assert.Equal(7, DrawnFolder.Scan(spec, 0).Train.Length);
        var verified = DrawnFolder.Scan(spec, 0, verify: true);

        Assert.Equal(6, verified.Train.Length);
        Assert.Equal("b/cut.jpg", Assert.Single(verified.Report.Unreadable).Path);
    }

    [Fact]
    public void ScanAndKeep_KeepsWhatItDecodes_SoThatNothingIsDecodedTwice()
    {
        _folder.Image("a/x.png", SKColors.Red).Image("b/y.png", SKColors.Blue).Image("b/cut.jpg", format: SKEncodedImageFormat.Jpeg, width: 64, height: 64);
        _folder.Bytes("b/cut.jpg", File.ReadAllBytes(_folder.At("b/cut.jpg"))[..^20]);
        var spec = _folder.Spec with { MaxSkippedShare = 0.5, TestShare = 0, ValidationShare = 0, ImageSize = 32 };
        var decoder = new ImageDecoder(spec);
        var kept = new PixelStore(decoder, budget: 1 << 20);

        var set = DataSet.ScanAndKeep(spec, 0, decoder, kept, indexFolder: null, TestContext.Current.CancellationToken);

        Assert.Equal(DrawnFolder.Scan(spec, 0, verify: true).Hash, set.Hash);
        Assert.Equal(2, kept.Count);
        foreach (var image in set.Train)
        {
            var (expected, actual) = (new byte[32 * 32 * 3], new byte[32 * 32 * 3]);
            decoder.Read(set.ContentOf(image), expected);
            File.Delete(set.ContentOf(image).Path);
            kept.Read(set.ContentOf(image), actual);
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void Scan_FollowsLinksToFilesAndFolders_AndEndsWhereTheyGoRound()
    {
        _folder.Images("elsewhere/real", 3);
        _folder.Images("data/a", 2);
        Directory.CreateSymbolicLink(_folder.At("data/b"), _folder.At("elsewhere/real"));
        File.CreateSymbolicLink(_folder.At("data/a/link.png"), _folder.At("elsewhere/real/000.png"));
        Directory.CreateSymbolicLink(_folder.At("data/a/round"), _folder.At("data"));
        var spec = _folder.Spec with { Path = _folder.At("data"), TestShare = 0, ValidationShare = 0 };

        var set = DrawnFolder.Scan(spec, 0);

        Assert.Equal(6, set.Train.Length);
        Assert.Equal(new FileInfo(_folder.At("elsewhere/real/000.png")).Length, set.Train.Single(i => i.Path == "a/link.png").Length);
    }

    [Fact]
    public void Hash_ChangesWithTheContentAndWithAName()
    {
        _folder.Images("a", 3).Images("b", 3);
        var first = DrawnFolder.Scan(_folder.Spec, 0).Hash;

        _folder.Image("a/000.png", SKColors.Tan);
        var repainted = DrawnFolder.Scan(_folder.Spec, 0).Hash;
        File.Move(_folder.At("b/000.png"), _folder.At("b/0.png"));
        var renamed = DrawnFolder.Scan(_folder.Spec, 0).Hash;

        Assert.Equal(64, first.Length);
        Assert.Equal(3, new[] { first, repainted, renamed }.Distinct().Count());
    }

    [Fact]
    public void Hash_SeesAByteThatChangesAtTheSameLength()
    {
        _folder.Images("a", 3).Images("b", 3).Image("b/x.jpg", format: SKEncodedImageFormat.Jpeg, width: 64, height: 64);
        var first = DrawnFolder.Scan(_folder.Spec, 0);
        var content = File.ReadAllBytes(_folder.At("b/x.jpg"));
        content[^5] ^= 1;
        _folder.Bytes("b/x.jpg", content);

        var second = DrawnFolder.Scan(_folder.Spec, 0);

        Assert.NotEqual(first.Hash, second.Hash);
        Assert.Equal(All(first).Select(i => i.Length), All(second).Select(i => i.Length));
    }

    [Fact]
    public void Scan_HashesEveryImage_VerifiedOrNot()
    {
        _folder.Images("a", 4).Image("b/red.png", SKColors.Red).Image("b/other.png", SKColors.Red).Image("b/blue.png", SKColors.Blue);

        var set = DrawnFolder.Scan(_folder.Spec, 0);

        Assert.All(All(set), image => Assert.Equal(ImageHash.Of(File.ReadAllBytes(set.ContentOf(image).Path)), image.Hash));
        Assert.Equal(3, All(set).Select(image => image.Hash).Distinct().Count());
        Assert.Equal(All(set), All(DrawnFolder.Scan(_folder.Spec, 0, verify: true)));
    }

    [Fact]
    public void Scan_RefusesSharesThatLeaveNothing()
    {
        var refused = Assert.Throws<InvalidInputException>(
            () => DrawnFolder.Scan(_folder.Spec with { ValidationShare = 0.5, TestShare = 0.5, MaxSkippedShare = double.NaN }, 0));

        Assert.Equal(["data.max_skipped_share", "data.validation_share"], refused.Problems.Select(p => p.Field));
    }

    [Fact]
    public void Scan_StopsWhenCancelled()
    {
        _folder.Images("a", 3).Images("b", 3);

        Assert.Throws<OperationCanceledException>(
            () => DataSet.Scan(_folder.Spec, 0, cancellationToken: new CancellationToken(canceled: true)));
    }

    private static IEnumerable<LabelledImage> All(DataSet set) => set.Train.Concat(set.Validation).Concat(set.Test);
}
