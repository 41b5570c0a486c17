using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using SkiaSharp;

namespace DistributedFreeze.Data;

/// <summary>Folders of archives, and that images are the same wherever they lie.</summary>
public sealed class ArchiveFolderTests : IDisposable
{
    private readonly DrawnFolder _folder = new();
    private readonly DrawnFolder _archives = new();

    public ArchiveFolderTests()
    {
        for (var i = 0; i < 10; i++)
        {
            _folder.Image($"rose/r{i}.png", new SKColor(200, (byte)i, 0)).Image($"tulip/t{i}.png", new SKColor(0, (byte)i, 200));
        }
    }

    public void Dispose()
    {
        _folder.Dispose();
        _archives.Dispose();
    }

    [Fact]
    public void TheSameImages_AreTheSameSet_InAFolder_InTarsAndInParquet()
    {
        var names = Files("rose", "tulip");
        Directory.CreateDirectory(_archives.At("tar"));
        Directory.CreateDirectory(_archives.At("parquet"));
        WrittenArchives.Tar(_archives.At("tar/photos-000000.tar"), names.Take(7).SelectMany(Sample));
        WrittenArchives.Tar(_archives.At("tar/photos-000001.tar"), names.Skip(7).SelectMany(Sample));
        WrittenArchives.Parquet(_archives.At("parquet/photos.parquet"), names.Reverse().Select(Row), ["rose", "tulip"]);

        foreach (var spec in (DataSpec[])[new() { Path = "" }, new() { Path = "", Split = "60/20/20" }, new() { Path = "", Folds = 3, Fold = 2 }])
        {
            var sets = new[] { _folder.Root, _archives.At("tar"), _archives.At("parquet"), _archives.At("parquet/photos.parquet") }
                .Select(path => DrawnFolder.Scan(spec with { Path = path }, seed: 5)).ToList();

            Assert.True(sets[0].Test.Length > 0);
            Assert.All(sets, set => Assert.All(Enum.GetValues<Split>(), split => Assert.Equal(
                sets[0].Images(split).Select(image => (image.Hash, image.Class, image.Length, image.Index)), set.Images(split).Select(image => (image.Hash, image.Class, image.Length, image.Index)))));
            Assert.All(sets, set => Assert.Equal(sets[0].Classes, set.Classes));
        }
    }

    [Fact]
    public void TheHashTellsWhatIsInAnArchive_AndOfWhichClass()
    {
        string HashOf(string second, string image = "rose/r0.png")
        {
            WrittenArchives.Tar(_archives.At("photos.tar"), [.. Labelled("a.png", image, "rose"), .. Labelled("b.png", "tulip/t0.png", second), .. Labelled("c.png", "tulip/t1.png", "tulip")]);
            return DrawnFolder.Scan(Spec("photos.tar"), seed: 0).Hash;
        }

        var hash = HashOf("tulip");

        Assert.Equal(hash, HashOf("tulip"));
        Assert.NotEqual(hash, HashOf("tulip", "rose/r1.png"));
        Assert.NotEqual(hash, HashOf("rose")); // the same images in the same order, of the same classes
    }

    [Theory]
    [InlineData("train-00000-of-00002.tar", "train-00001-of-00002.tar", "validation-00000-of-00001.tar", "test-00000-of-00001.tar")]
    [InlineData("photos_training.0.tar", "photos_training.1.tar", "photos_dev.tar", "photos_testing.tar")]
    [InlineData("train/a.tar", "train/b.tar", "val/a.tar", "testing/a.tar")]
    public void NamesAndFoldersSaySplits_AsClassFoldersDo(string first, string second, string validation, string test)
    {
        foreach (var (number, name) in new[] { first, second, validation, test }.Index())
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_archives.At(name))!);
            WrittenArchives.Tar(_archives.At(name), [.. Labelled("a.png", $"rose/r{number}.png", "rose"), .. Labelled("b.png", $"tulip/t{number}.png", "tulip")]);
        }

        var set = DrawnFolder.Scan(Spec(""), seed: 0);

        Assert.Equal((4, 2, 2), (set.Train.Length, set.Validation.Length, set.Test.Length));
        Assert.All(set.Train, image => Assert.True(image.Path.StartsWith(first, StringComparison.Ordinal) || image.Path.StartsWith(second, StringComparison.Ordinal)));
        Assert.All(set.Test, image => Assert.StartsWith(test, image.Path));
        Assert.Equal((4, 2, 2), (DataOutline.Read(Spec(""), seed: 0).Train, EvaluationImages.InFolder(_archives.Root, null).Images.Length, EvaluationImages.InFolder(_archives.Root, Split.Validation).Images.Length));
    }

    [Theory]
    [InlineData("'{0}' holds archives, such as 'a.tar', beside folders with images, such as 'rose'; keep one of both", "a.tar", "rose/r.png")]
    [InlineData("'{0}' holds archives, such as 'a.tar', beside folders with images, such as 'train'; keep one of both", "a.tar", "train/rose/r.png")]
    [InlineData("'{0}/val' holds no archive (.tar or .parquet), but folders of other splits beside it do", "train/a.tar", "val/rose/r.png")]
    [InlineData("'{0}/train' holds archives, such as 'a.tar', beside folders with images; keep one of both", "train/a.tar", "train/rose/r.png")]
    [InlineData("'{0}' holds 'photos.tar', whose name says no split, beside 'train.tar', whose name does", "train.tar", "photos.tar")]
    [InlineData("'{0}' holds 'train-test.tar', whose name says train and test; let it say one split", "train-test.tar", "train-1.tar")]
    [InlineData("'{0}' holds archives, such as 'a.tar', beside folders with images, such as 'test'; keep one of both", "a.tar", "train/b.tar", "test/c.tar")]
    [InlineData("'{0}' holds archives in 'test' and 'train', and images in 'rose' beside, which is no split", "train/a.tar", "test/b.tar", "rose/r.png")]
    [InlineData("'{0}' holds 'val' and 'validation', which mean the same split; keep one of them", "train/a.tar", "val/b.tar", "validation/c.tar")]
    [InlineData("'{0}/b.tar.gz' is a compressed archive", "a.tar", "b.tar.gz")]
    [InlineData("'{0}/train/b.tgz' is a compressed archive", "train/a.tar", "train/b.tgz")]
    [InlineData("'{0}' lies too high: the archives are in '{0}/data', so name that", "data/a.tar", "README.md")]
    [InlineData("'{0}' holds no image to train on: its archives are for val and test", "val-0.tar", "test-0.tar")]
    public void WhatContradictsItself_IsRefused(string expected, params string[] files)
    {
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_archives.At(file))!);
            WrittenArchives.Tar(_archives.At(file), [.. Labelled("a.png", "rose/r0.png", "rose"), .. Labelled("b.png", "tulip/t0.png", "tulip")]);
        }

        var refused = Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(Spec(""), seed: 0));

        Assert.StartsWith("data.path: " + string.Format(System.Globalization.CultureInfo.InvariantCulture, expected, _archives.Root), Assert.Single(refused.Problems).ToString());
    }

    [Fact]
    public void AScanThatKnowsTheArchive_ReadsNoImageAgain()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere every file is read.");
        WrittenArchives.Tar(_archives.At("photos.tar"), Files("rose", "tulip").SelectMany(Sample));
        using var features = new TemporaryFolder();
        (ScannedImage[] Found, int Decoded) ScanAgain()
        {
            var spec = Spec("photos.tar");
            var decoder = new Inference.Images.ImageDecoder(spec);
            var pixels = new PixelStore(decoder, budget: 10 << 20);
            var listing = DataListing.Read(spec.Path);
            var scan = new ImageScan(listing.Places, spec, decoder, verify: true, pixels, features.Path, new ManualTime(DateTimeOffset.UtcNow.AddMinutes(1)));
            return (scan.Read(listing.Images, TestContext.Current.CancellationToken), pixels.Count);
        }

        var (first, decoded) = ScanAgain();
        var (second, again) = ScanAgain();

        Assert.Equal((20, 0), (decoded, again));
        Assert.Equal(first, second);
        Assert.All(second, image => Assert.InRange(image.Header.Length, 1, 1000)); // the image's own length, not the archive's
    }

    [Fact]
    public void AllImagesOfAFolder_AreFoundToPredict_LabelledOrNot()
    {
        WrittenArchives.Tar(_archives.At("photos.tar"), [("x.png", File.ReadAllBytes(_folder.At("rose/r0.png"))), .. Labelled("y.png", "tulip/t0.png", "tulip")]);
        WrittenArchives.Parquet(_archives.At("photos.parquet"), [Row("rose/r1.png")]);
        _archives.Image("z.png");

        Assert.Equal(
            ["photos.parquet/0000000/r1.png", "photos.tar/x.png", "photos.tar/y.png", "z.png"],
            ImageFolder.FindAll(_archives.Root).Select(image => Path.GetRelativePath(_archives.Root, image.Path)));
        Assert.Equal(File.ReadAllBytes(_folder.At("rose/r0.png")), ImageFolder.FindAll(_archives.At("photos.tar"))[0].ToArray());
    }

    private DataSpec Spec(string name) => new() { Path = Path.TrimEndingDirectorySeparator(_archives.At(name)), ValidationShare = 0, TestShare = 0 };

    private string[] Files(params string[] classes) => [.. classes.SelectMany(name => Directory.GetFiles(_folder.At(name)).Order(StringComparer.Ordinal)).Select(path => Path.GetRelativePath(_folder.Root, path))];

    private IEnumerable<(string Name, byte[] Content)> Sample(string name) => Labelled(name, name, Path.GetDirectoryName(name)!);

    private IEnumerable<(string Name, byte[] Content)> Labelled(string name, string image, string label) => WrittenArchives.Sample(name, File.ReadAllBytes(_folder.At(image)), label);

    private HubRow Row(string name) => new() { image = new() { bytes = File.ReadAllBytes(_folder.At(name)), path = name }, label = name.StartsWith("rose", StringComparison.Ordinal) ? 0 : 1 };
}
