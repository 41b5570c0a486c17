using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using SkiaSharp;

namespace DistributedFreeze.Data;

public sealed class ContentSplitTests : IDisposable
{
    private readonly DrawnFolder _folder = new();

    private DataSpec Spec => _folder.Spec with { Split = "70/15/15" };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void FirstBytesOfTheHashDecide_SoThatEveryClassGivesAboutItsShares()
    {
        Draw("a", 0, 200);
        Draw("b", 200, 200);

        var set = DrawnFolder.Scan(Spec, seed: 1);

        Assert.All(set.Train, image => Assert.InRange(Place(image), 0, 0.7));
        Assert.All(set.Validation, image => Assert.InRange(Place(image), 0.7, 0.85));
        Assert.All(set.Test, image => Assert.InRange(Place(image), 0.85, 1));
        foreach (var (number, images) in (ReadOnlySpan<(int, int)>)[(0, 200), (1, 200)])
        {
            Assert.InRange(set.Train.Count(image => image.Class == number) / (double)images, 0.6, 0.8);
            Assert.InRange(set.Validation.Count(image => image.Class == number) / (double)images, 0.05, 0.25);
        }
    }

    [Fact]
    public void FileKeepsItsSplit_WhenOthersComeAndGo_AndWhateverTheSeedIs()
    {
        Draw("a", 0, 40);
        Draw("b", 100, 40);
        var before = Splits(seed: 1);

        Draw("a", 40, 30);
        Draw("c", 300, 40);
        File.Delete(_folder.At("b/100.png"));
        File.Move(_folder.At("b/101.png"), _folder.At("b/another name.png"));
        var after = Splits(seed: 2);

        Assert.Equal(149, after.Count);
        Assert.Equal(79, before.Count(image => after.TryGetValue(image.Key, out var split) && split == image.Value));
    }

    [Fact]
    public void CopiesStayInOneSplit_InWhicheverClassTheyLie()
    {
        Draw("a", 0, 30);
        Draw("b", 0, 30);

        var set = DrawnFolder.Scan(Spec, seed: 1);

        Assert.All(
            Enum.GetValues<Split>().SelectMany(split => set.Images(split).Select(image => (image, split))).GroupBy(one => one.image.Hash),
            copies => Assert.Single(copies.Select(copy => copy.split).Distinct()));
        Assert.NotEmpty(set.Test);
    }

    [Fact]
    public void ClassWithoutATrainingImage_IsRefusedByName()
    {
        Draw("a", 0, 30);
        Draw("b", 30, 30);
        var test = DrawnFolder.Scan(Spec, seed: 1).Test[0];
        Directory.CreateDirectory(_folder.At("few"));
        File.Copy(_folder.At(test.Path), _folder.At("few/1.png"));

        var refused = Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(Spec, seed: 1));

        Assert.StartsWith("data.split: leaves no image to train on of 'few' (1)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DataWithSplits_AreRefused()
    {
        Draw("train/a", 0, 3);
        Draw("train/b", 10, 3);
        Draw("val/a", 20, 3);

        foreach (var refused in (Func<object>[])[() => DrawnFolder.Scan(Spec, seed: 1), () => DataOutline.Read(Spec, seed: 1)])
        {
            Assert.Contains("has splits already (train, val)", Assert.Throws<InvalidInputException>(refused).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Manifest_IsSplitByContent_UnlessItHasAColumnForIt()
    {
        Draw("images", 0, 60);
        File.WriteAllLines(_folder.At("all.csv"), ["file,label", .. Enumerable.Range(0, 60).Select(i => $"images/{i}.png,{(i < 30 ? "a" : "b")}")]);
        File.WriteAllLines(_folder.At("split.csv"), ["file,label,split", .. Enumerable.Range(0, 60).Select(i => $"images/{i}.png,{(i < 30 ? "a" : "b")},train")]);

        var set = DrawnFolder.Scan(Spec with { Path = _folder.At("all.csv") }, seed: 1);

        Assert.All(set.Validation, image => Assert.InRange(Place(image), 0.7, 0.85));
        Assert.NotEmpty(set.Validation);
        Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(Spec with { Path = _folder.At("split.csv") }, seed: 1));
    }

    [Fact]
    public void Outline_CountsWhatThePercentagesSay()
    {
        Draw("a", 0, 20);
        Draw("b", 50, 21);

        Assert.Equal((29, 6, 6), DataOutline.Read(Spec, seed: 1) is var outline ? (outline.Train, outline.Validation, outline.Test) : default);
    }

    [Fact]
    public void Folds_AreEqualPartsOfTheRange_EachTheTestOnce_AndTheEndOfEachOtherIsForValidation()
    {
        Draw("a", 0, 200);
        Draw("b", 200, 200);

        var tested = new List<string>();
        for (var fold = 1; fold <= 5; fold++)
        {
            var set = DrawnFolder.Scan(_folder.Spec with { Folds = 5, Fold = fold, ValidationShare = 0.25 }, seed: fold);

            Assert.All(set.Test, image => Assert.InRange(Place(image) * 5, fold - 1, fold));
            Assert.All(set.Train, image => Assert.InRange(Place(image) * 5 % 1, 0, 0.75));
            Assert.All(set.Validation, image => Assert.InRange(Place(image) * 5 % 1, 0.75, 1));
            Assert.DoesNotContain(set.Train.Concat(set.Validation), image => (int)(Place(image) * 5) == fold - 1);
            Assert.Equal(400, set.Train.Length + set.Validation.Length + set.Test.Length);
            foreach (var (number, images) in (ReadOnlySpan<(int, int)>)[(0, 200), (1, 200)])
            {
                Assert.InRange(set.Test.Count(image => image.Class == number) / (double)images, 0.1, 0.3);
                Assert.InRange(set.Validation.Count(image => image.Class == number) / (double)images, 0.1, 0.3);
            }

            tested.AddRange(set.Test.Select(image => image.Path));
        }

        Assert.Equal(400, tested.Distinct().Count());
        Assert.Equal(400, tested.Count);
    }

    [Fact]
    public void FileKeepsItsFold_WhenOthersComeAndGo()
    {
        Draw("a", 0, 40);
        Draw("b", 100, 40);
        var spec = _folder.Spec with { Folds = 4, Fold = 2 };
        var before = DrawnFolder.Scan(spec, seed: 1).Test.Select(image => image.Path).ToHashSet();
        Draw("a", 40, 30);
        File.Delete(_folder.At("b/100.png"));
        var after = DrawnFolder.Scan(spec, seed: 2);

        Assert.NotEmpty(before);
        Assert.Superset(before.Except(["b/100.png"]).ToHashSet(), after.Test.Select(image => image.Path).ToHashSet());
        Assert.DoesNotContain(after.Train.Concat(after.Validation), image => before.Contains(image.Path));
    }

    [Fact]
    public void DataWithSplits_HaveNoFolds()
    {
        Draw("train/a", 0, 3);
        Draw("train/b", 10, 3);

        var refused = Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(_folder.Spec with { Folds = 5, Fold = 1 }, seed: 1));

        Assert.StartsWith("data.folds: is 5, but ", refused.Message, StringComparison.Ordinal);
    }

    private static double Place(LabelledImage image) => unchecked((ulong)image.Hash.Key) / Math.Pow(2, 64);

    private void Draw(string folder, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            _folder.Image($"{folder}/{i}.png", new SKColor((byte)(i / 256), (byte)i, 90));
        }
    }

    private Dictionary<string, Split> Splits(int seed)
    {
        var set = DrawnFolder.Scan(Spec, seed);
        return Enum.GetValues<Split>().SelectMany(split => set.Images(split).Select(image => (image.Hash, split))).ToDictionary(one => one.Hash.ToString(), one => one.split);
    }
}
