using System.Collections.Immutable;
using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using SkiaSharp;

namespace DistributedFreeze.Training.Replicas;

/// <summary>What a data set does not say of itself, and what its owner would rather know before the run than after.</summary>
public sealed class DataWarningsTests : IDisposable
{
    private readonly DrawnFolder _folder = new();
    private byte _drawn;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ASoundSet_HasNone()
    {
        Draw("train/cat", 4).Draw("train/dog", 4).Draw("val/cat", 1).Draw("val/dog", 1).Draw("test/cat", 1).Draw("test/dog", 1);

        Assert.Empty(Warnings());
    }

    [Fact]
    public void CopiesWithinOneSplitAndClass_AreNobodysConcern()
    {
        ASoundSet_HasNone();
        Copy("train/cat/0.png", "train/cat/again.png");

        Assert.Empty(Warnings());
    }

    [Fact]
    public void ImagesOfTrainThatAreMeasuredOn_AreCounted()
    {
        ASoundSet_HasNone();
        Draw("val/dog", 2, "more").Draw("test/dog", 4, "more");
        Copy("train/dog/1.png", "val/dog/same.png").Copy("train/dog/2.png", "val/dog/same too.png");
        Copy("val/cat/0.png", "test/cat/same.png");

        Assert.Equal(
            [
                "2 of 6 validation images are also in train, such as val/dog/same too.png, which is the same image as train/dog/2.png: "
                    + "what is measured on them says nothing of new images; remove the copies",
                "1 of 7 test images are also in train or validation, such as test/cat/same.png, which is the same image as val/cat/0.png: "
                    + "what is measured on them says nothing of new images; remove the copies",
            ],
            Warnings());
    }

    [Fact]
    public void AnImageInTwoClasses_IsToldOnce()
    {
        ASoundSet_HasNone();
        Copy("train/cat/3.png", "train/dog/cat.png").Copy("train/cat/3.png", "train/dog/cat again.png");
        var one = Assert.Single(Warnings());
        Copy("train/dog/1.png", "train/cat/dog.png");
        var two = Assert.Single(Warnings());

        Assert.Equal("1 image is in two classes or more, such as train/cat/3.png, which is the same image as train/dog/cat again.png: keep each in the one that it shows", one);
        Assert.StartsWith("2 images are in two classes or more, such as train/cat/3.png,", two, StringComparison.Ordinal);
    }

    [Fact]
    public void ClassesOfThreeImagesOrFewer_AreNamed()
    {
        Draw("a", 3).Draw("b", 4).Draw("c", 1);

        Assert.Contains(
            "2 classes have fewer than 4 images to train on, too few to learn from: 'a' (3) and 'c' (1)",
            Warnings(_folder.Spec with { ValidationShare = 0, TestShare = 0 }));
    }

    [Fact]
    public void ClassesThatASplitLacks_AreNamed()
    {
        Draw("train/a", 4).Draw("train/b", 4).Draw("train/c", 4).Draw("val/b", 1).Draw("test/a", 1).Draw("test/b", 1);

        Assert.Equal(
            [
                "the validation images lack 2 of the 3 classes and say nothing of 'a' and 'c'",
                "the test images lack 1 of the 3 classes and say nothing of 'c'",
            ],
            Warnings());
    }

    [Fact]
    public void ASplitWithoutImages_IsToldAlone()
    {
        Draw("a", 4).Draw("b", 4);

        Assert.Equal(
            [
                "there are no validation images, so no epoch is validated; a validation folder, more images or a larger `data.validation_share` gives some",
                "there are no test images, so the model is not tested; a test folder, more images or a larger `data.test_share` gives some",
            ],
            Warnings(_folder.Spec with { ValidationShare = 0.1, TestShare = 0.1 }));
    }

    [Theory]
    [InlineData("cat", "Cat", "'Cat' and 'cat' differ in capital letters alone;")]
    [InlineData("caf\u00e9", "cafe\u0301", "'cafe\u0301' (cafe\\u0301) and 'caf\u00e9' (caf\\u00e9) differ in how accents are encoded alone (NFC or NFD);")]
    [InlineData("\uac01", "\u1100\u1161\u11a8", "'\u1100\u1161\u11a8' (\\u1100\\u1161\\u11a8) and '\uac01' (\\uac01) differ in how accents are encoded alone (NFC or NFD);")]
    [InlineData("\u1ec7", "e\u0323\u0302", "'e\u0323\u0302' (e\\u0323\\u0302) and '\u1ec7' (\\u1ec7) differ in how accents are encoded alone (NFC or NFD);")]
    [InlineData("cat", "cat ", "'cat' and 'cat ' differ in spaces around the name alone;")]
    [InlineData("\u00c9 ", "e\u0301", "'e\u0301' (e\\u0301) and '\u00c9 ' (\\u00c9 ) differ in capital letters, spaces and the encoding of accents alone;")]
    public void NamesThatHardlyDiffer_AreAskedAbout(string one, string other, string said)
    {
        Draw($"train/{one}", 4).Draw($"train/{other}", 4).Draw("train/else", 4);
        Draw($"val/{one}", 1).Draw($"val/{other}", 1).Draw("val/else", 1);
        Draw($"test/{one}", 1).Draw($"test/{other}", 1).Draw("test/else", 1);

        Assert.Equal($"the classes {said} if they are one class, put their images into one folder", Assert.Single(Warnings()));
    }

    [Theory]
    [InlineData("cat", "cot")]
    [InlineData("\u00e9", "\u00e8")]
    [InlineData("\u00e9", "e\u0300")]
    [InlineData("\uac01", "\uac02")]
    [InlineData("e", "e\u0301")]
    public void NamesThatDiffer_AreNot(string one, string other) => Assert.Empty(ClassNames.Warnings([one, other]));

    [Fact]
    public void TheSplitThatWasNamedInPlaceOfAll_IsTold()
    {
        ASoundSet_HasNone();
        var spec = _folder.Spec with { Path = _folder.At("train") + "/", ValidationShare = 0.25, TestShare = 0.25 };

        Assert.Contains($"only the images of 'train' are used: 'test' and 'val' beside it are not; name '{_folder.Root}' to use all", Warnings(spec));
        Directory.Delete(_folder.At("val"), recursive: true);
        Assert.Contains($"only the images of 'train' are used: 'test' beside it is not; name '{_folder.Root}' to use all", Warnings(spec));
    }

    [Theory]
    [InlineData("", "'{root}' lies too high: the class folders are in '{root}/photos', so name that", "photos/a/1.png", "photos/b/1.png", "__MACOSX/._1.png")]
    [InlineData("", "'{root}' lies too high: the class folders are in '{root}/x/photos', so name that", "x/photos/a/1.png", "x/photos/b/1.png")]
    [InlineData("", "'{root}' lies too high: the class folders are in '{root}/photos', so name that", "photos/train/a/1.png", "photos/train/b/1.png", "readme/1.txt")]
    [InlineData("", "'{root}/train' holds no class folders itself, they are in '{root}/train/photos'; move them up", "train/photos/a/1.png", "train/photos/b/1.png")]
    [InlineData("c", "the folder holds no images, but there are class folders in '{root}/c'; class folders lie side by side in one folder, so move them up", "a/1.png", "b/1.png", "c/d/1.png", "c/e/1.png")]
    [InlineData("c", "the class folder holds no .jpg, .jpeg, .png, .webp or .bmp file; add images or remove the folder", "a/1.png", "b/1.png", "c/d/1.png")]
    public void ClassFoldersInAnotherPlace_AreFound(string field, string message, params string[] images)
    {
        foreach (var image in images)
        {
            _folder.Image(image);
        }

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(_folder.Spec, 0)).Problems);

        Assert.Equal(new Problem(field.Length == 0 ? "data.path" : field, message.Replace("{root}", _folder.Root, StringComparison.Ordinal)), problem);
        if (message.Contains("too high", StringComparison.Ordinal))
        {
            Assert.Equal(problem.Message, Assert.Single(Assert.Throws<InvalidInputException>(() => DataOutline.ClassesIn(_folder.Root, "--data")).Problems).Message);
        }
    }

    [Fact]
    public void SeveralFoldersOfClassFolders_AreEachNamed()
    {
        _folder.Image("plants/elm/1.png").Image("plants/oak/1.png").Image("animals/cat/1.png").Image("animals/dog/1.png");

        Assert.Equal(["animals", "plants"], Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(_folder.Spec, 0)).Problems.Select(problem => problem.Field));
    }

    [Theory]
    [InlineData("Cat", "'cat', which differs in capital letters alone")]
    [InlineData("ca\u0301t", null)]
    public void AClassThatTrainLacks_IsComparedWithThoseThatItHas(string name, string? twin)
    {
        Draw("train/cat", 4).Draw("train/dog", 4).Draw($"val/{name}", 1);

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(_folder.Spec, 0)).Problems);

        Assert.Equal(
            $"class '{name}' has no images in train; {(twin is null ? "add some there, or remove this folder" : $"train has {twin}: call both the same")}",
            problem.Message);
    }

    [Theory]
    [InlineData(4, 12, true)]
    [InlineData(5, 14, false)]
    public void UnevenClasses_AreTold_FromThreeTimesAsManyImagesOn(int few, int most, bool told)
    {
        Draw("train/cat", few).Draw("train/dog", most).Draw("train/owl", few + 1).Draw("val/cat", 1).Draw("val/dog", 1).Draw("val/owl", 1).Draw("test/cat", 1).Draw("test/dog", 1).Draw("test/owl", 1);

        Assert.Equal(
            told ? [$"the classes are uneven: 'dog' has {most} images to train on and 'cat' {few}; `class_weights: balanced` lets every class count the same, `sampling: balanced` takes each equally often, and balanced accuracy tells how well it goes"] : [],
            Warnings());
        Assert.Empty(DataWarnings.Of(DrawnFolder.Scan(_folder.Spec, 0), isWeighted: true));
    }

    private ImmutableArray<string> Warnings() => Warnings(_folder.Spec);

    private static ImmutableArray<string> Warnings(DataSpec spec) => DataWarnings.Of(DrawnFolder.Scan(spec, 0), isWeighted: false);

    /// <summary>Images of which no two are the same.</summary>
    private DataWarningsTests Draw(string folder, int count, string name = "")
    {
        for (var i = 0; i < count; i++)
        {
            _folder.Image($"{folder}/{name}{i}.png", new SKColor(_drawn++, 9, 9));
        }

        return this;
    }

    private DataWarningsTests Copy(string from, string to)
    {
        File.Copy(_folder.At(from), _folder.At(to));
        return this;
    }
}
