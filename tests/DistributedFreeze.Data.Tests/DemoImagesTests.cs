using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data;

public sealed class DemoImagesTests
{
    [Fact]
    public void Write_MakesADataSet()
    {
        using var folder = new DrawnFolder();
        DemoImages.Write(folder.At("demo"), seed: 1, size: 32, trainPerClass: 3, validationPerClass: 2, testPerClass: 1);

        var set = DrawnFolder.Scan(folder.Spec with { Path = folder.At("demo") }, 0, verify: true);

        Assert.Equal(DemoImages.Classes, set.Classes);
        Assert.Equal((12, 8, 4), (set.Train.Length, set.Validation.Length, set.Test.Length));
        Assert.Empty(set.Report.Unreadable);
        Assert.Equal(["demo"], Directory.EnumerateFileSystemEntries(folder.Root).Select(Path.GetFileName));
    }

    [Fact]
    public void Write_DrawsTheSameForASeed_AndOtherwiseForAnother()
    {
        using var folder = new DrawnFolder();
        byte[] Drawn(string name, int seed)
        {
            DemoImages.Write(folder.At(name), seed, 32, 1, 1, 1);
            return File.ReadAllBytes(folder.At($"{name}/train/stripes/stripes0000.png"));
        }

        Assert.Equal(Drawn("a", 1), Drawn("b", 1));
        Assert.NotEqual(Drawn("a", 1), Drawn("c", 2));
        Assert.NotEqual(
            File.ReadAllBytes(folder.At("a/train/disc/disc0000.png")), File.ReadAllBytes(folder.At("a/test/disc/disc0000.png")));
    }

    [Fact]
    public void Write_ReplacesAnEarlierSet_AndFillsAnEmptyFolder()
    {
        using var folder = new DrawnFolder();
        Directory.CreateDirectory(folder.At("demo"));
        DemoImages.Write(folder.At("demo"), 1, 16, 5, 1, 1);

        DemoImages.Write(folder.At("demo") + "/", 1, 16, 2, 1, 1);

        Assert.Equal(2, Directory.GetFiles(folder.At("demo/train/disc")).Length);
        Assert.Single(Directory.GetFileSystemEntries(folder.Root));
    }

    [Fact]
    public void Write_RefusesAFolderWithOtherThings()
    {
        using var folder = new DrawnFolder();
        folder.Bytes("mine/a.txt", [1]);

        Assert.Throws<InvalidInputException>(() => DemoImages.Write(folder.At("mine")));
        Assert.Throws<InvalidInputException>(() => DemoImages.Write(folder.At("mine/a.txt")));
        Assert.Throws<ArgumentOutOfRangeException>(() => DemoImages.Write(folder.At("new"), size: 15));

        Assert.Equal(["mine"], Directory.EnumerateFileSystemEntries(folder.Root).Select(Path.GetFileName));
        Assert.Equal([1], File.ReadAllBytes(folder.At("mine/a.txt")));
    }

    /// <summary>The nearest class mean of six colour statistics: less than a linear head on any network's features can see.</summary>
    [Fact]
    public void TheClassesCanBeToldApart_ButNotByColourAlone()
    {
        using var folder = new DrawnFolder();
        DemoImages.Write(folder.At("demo"), seed: 0, size: 48, trainPerClass: 24, validationPerClass: 16, testPerClass: 1);
        var set = DrawnFolder.Scan(folder.Spec with { Path = folder.At("demo") }, 0);
        var decoder = new ImageDecoder(folder.Spec with { ImageSize = 48 });
        double[] Statistics(LabelledImage image)
        {
            var rgb = new byte[48 * 48 * 3];
            decoder.Read(set.ContentOf(image), rgb);
            var channels = Enumerable.Range(0, 3).Select(c => Enumerable.Range(0, 48 * 48).Select(i => (double)rgb[(i * 3) + c]).ToList());
            var means = channels.Select(c => (Mean: c.Average(), Square: c.Average(v => v * v))).ToList();
            var grey = means.Average(m => m.Mean);
            return [.. means.SelectMany(m => new[] { m.Mean - grey, Math.Sqrt(m.Square - (m.Mean * m.Mean)) })];
        }

        var centres = set.Train.GroupBy(i => i.Class).OrderBy(g => g.Key)
            .Select(g => g.Select(Statistics).ToList())
            .Select(all => Enumerable.Range(0, 6).Select(k => all.Average(s => s[k])).ToArray())
            .ToList();
        var right = set.Validation.Count(image =>
        {
            var statistics = Statistics(image);
            return centres.Index().MinBy(c => c.Item.Zip(statistics, (a, b) => (a - b) * (a - b)).Sum()).Index == image.Class;
        });

        Assert.InRange(right / 64.0, 0.5, 0.97);
    }
}
