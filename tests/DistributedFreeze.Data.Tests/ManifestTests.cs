using System.Text;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using SkiaSharp;

namespace DistributedFreeze.Data;

/// <summary>Images and classes that a file names.</summary>
public sealed class ManifestTests : IDisposable
{
    private readonly DrawnFolder _folder = new();

    public ManifestTests() => _folder.Image("a.png", SKColors.Red).Image("b.png", SKColors.Green).Image("deep/a.png", SKColors.Blue).Image("deep/c", SKColors.White);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("photos.csv", "file,label\na.png,rose\ndeep/a.png,tulip\nb.png,rose\n")]
    [InlineData("photos.csv", "\ufeffLabel;ignored;File\r\nrose;1;a.png\r\n\"tulip\";2;./deep//a.png\r\n\r\nrose;3;b.png")]
    [InlineData("photos.TSV", "path\tclass\na.png\trose\ndeep/a.png\ttulip\nb.png\trose\n")]
    [InlineData("photos.jsonl", "{\"file_name\": \"a.png\", \"label\": \"rose\", \"more\": [1]}\n\n{\"label\": \"tulip\", \"file_name\": \"deep/a.png\"}\r\n{\"file_name\": \"b.png\", \"label\": \"rose\"}")]
    public void WithoutSplits_SharesAreSetAside(string name, string text)
    {
        var set = Scan(name, text);

        Assert.Equal(["rose", "tulip"], set.Classes);
        Assert.Equal(["a.png", "b.png", "deep/a.png"], set.Train.Select(image => image.Path));
        Assert.Equal(_folder.Root, set.Root);
        Assert.Equal([0, 0, 1], set.Train.Select(image => image.Class));
    }

    [Fact]
    public void Splits_AreTakenAsTheyAre()
    {
        var set = Scan("photos.csv", "file,label,split\na.png,rose,train\ndeep/a.png,tulip,Training\nb.png,rose,validation\ndeep/c,tulip,test\n");

        Assert.Equal(["a.png", "deep/a.png"], set.Train.Select(image => image.Path));
        Assert.Equal(["b.png"], set.Validation.Select(image => image.Path));
        Assert.Equal(["deep/c"], set.Test.Select(image => image.Path)); // an image whose name promises no format
        Assert.Empty(set.Report.Misnamed);
    }

    [Fact]
    public void APathThatIsWhole_MayLieBelow() =>
        Assert.Equal(["a.png", "b.png"], Scan("photos.csv", $"file,label\n{_folder.At("a.png")},x\n{_folder.At("b.png")},y\n").Train.Select(image => image.Path));

    [Fact]
    public void AFolderWithItsMetadata_IsReadAsHuggingFaceDoes()
    {
        _folder.Bytes("metadata.csv", "file_name,label\na.png,rose\nb.png,tulip\n"u8.ToArray());

        Assert.Equal(["a.png", "b.png"], DrawnFolder.Scan(Spec, seed: 0).Train.Select(image => image.Path));
    }

    [Fact]
    public void SoAreSplitsWithMetadataOfTheirOwn()
    {
        _folder.Image("train/0.png", SKColors.Red).Image("train/1.png", SKColors.Green).Image("test/0.png", SKColors.Blue)
            .Bytes("train/metadata.jsonl", "{\"file_name\": \"0.png\", \"label\": 7}\n{\"file_name\": \"1.png\", \"label\": 8}\n"u8.ToArray())
            .Bytes("test/metadata.csv", "file_name,label\n0.png,8\n"u8.ToArray());

        var set = DrawnFolder.Scan(Spec, seed: 0);

        Assert.Equal(["7", "8"], set.Classes);
        Assert.Equal((2, 0, "test/0.png"), (set.Train.Length, set.Validation.Length, Assert.Single(set.Test).Path));
    }

    [Fact]
    public void MetadataWithoutClasses_LeaveClassFoldersAsTheyAre()
    {
        _folder.Image("x/0.png", SKColors.Red).Image("y/0.png", SKColors.Green).Bytes("metadata.csv", "file_name,text\na.png,a rose\n"u8.ToArray());
        File.Delete(_folder.At("a.png"));
        Directory.Delete(_folder.At("deep"), recursive: true);

        Assert.Equal(["x", "y"], DrawnFolder.Scan(Spec, seed: 0).Classes);
    }

    [Theory]
    [InlineData("photos.csv", "", "photos.csv: is empty; a manifest names the image file in file, file_name, filename, path or image, its class in label or class, and may say train, val or test in split")]
    [InlineData("photos.csv", "file,text\na.png,rose\n", "photos.csv: lacks a column, having file, text; a manifest names")]
    [InlineData("photos.csv", "file,label,weight\na.png,x,2\n", "photos.csv: gives images weights of their own, which training does not know; remove that column, or weight classes by `class_weights`")]
    [InlineData("photos.csv", "file,label\na.png,rose\n,rose\n", "photos.csv:3: names no image file")]
    [InlineData("photos.csv", "file,label\na.png,\n", "photos.csv:2: says no class")]
    [InlineData("photos.csv", "file,label\n../a.png,x\n", "photos.csv:2: names '../a.png', which is no file below the manifest's folder")]
    [InlineData("photos.csv", "file,label\n/etc/passwd,x\n", "photos.csv:2: names '/etc/passwd', which is no file below the manifest's folder")]
    [InlineData("photos.csv", "file,label\na.png,x\n./a.png,y\n", "photos.csv:3: names 'a.png' again, after photos.csv:2; an image has one line")]
    [InlineData("photos.csv", "file,label,split\na.png,x,train\nb.png,y,holdout\n", "photos.csv:3: says split 'holdout', but must say train, val or test")]
    [InlineData("photos.csv", "file,label,split\na.png,x,train\nb.png,y,\n", "photos.csv:3: says no split, though others do: train, val or test")]
    [InlineData("photos.csv", "file,label,split\na.png,x,test\nb.png,y,test\n", "data.path: '{0}/photos.csv' names no image to train on: split is never train")]
    [InlineData("photos.csv", "file,label,split\na.png,x,train\nb.png,y,train\ndeep/a.png,z,test\n", "photos.csv: class 'z' has no images in train; add some there, or remove its lines")]
    [InlineData("photos.csv", "file,label\na.png,x\nb.png,x\n", "data.path: '{0}' holds 1 class, 'x'; at least 2 classes are needed")]
    [InlineData("photos.csv", "file,label\na.png,x\nb.png,\"y\"z\n", "photos.csv:3: has a quotation mark where none may stand; put the whole field into quotation marks, and double those within")]
    [InlineData("photos.csv", "file,label,path\na.png,x,b.png\n", "photos.csv: has more than one column that may be the same: file and path; leave one, or rename the others")]
    [InlineData("photos.csv", "file,Label,label\na.png,x,y\n", "photos.csv: has more than one column that may be the same: Label and label; leave one, or rename the others")]
    [InlineData("photos.jsonl", "{\"file\": \"a.png\", \"label\": \"x\", \"label\": \"y\"}\n", "photos.jsonl:1: is no JSON: ")]
    [InlineData("photos.jsonl", "{\"file\": \"a.png\", \"label\": 1.5}\n", "photos.jsonl:1: says no class")]
    [InlineData("photos.jsonl", "", "data.path: '{0}/photos.jsonl' names no image; a manifest names")]
    [InlineData("photos.jsonl", "{\"file\": \"a.png\"}\n", "photos.jsonl:1: says no class")]
    [InlineData("photos.jsonl", "{\"file\": \"a.png\", \"label\": \"x\"}\n{\"file\":", "photos.jsonl:2: is no JSON: ")]
    [InlineData("photos.jsonl", "[]\n", "photos.jsonl:1: must be an object, such as {\"file\": \"a.jpg\", \"label\": \"rose\"}; a manifest names")]
    [InlineData("photos.jsonl", "{\"file\": \"a.png\", \"label\": \"\\ud800\"}\n", "photos.jsonl:1: has an escape that is no character")]
    [InlineData("photos.jsonl", "{\"file\": \"a.png\", \"label\": \"x\\u001b\"}\n", "photos.jsonl:1: says a class that is empty, longer than 255 characters, or has control characters")]
    public void WhatIsWrong_IsNamedWithItsLine(string name, string text, string problem)
    {
        var refused = Assert.Throws<InvalidInputException>(() => Scan(name, text));

        Assert.StartsWith(problem.Replace("{0}", _folder.Root, StringComparison.Ordinal), $"{refused.Problems[0].Field}: {refused.Problems[0].Message}", StringComparison.Ordinal);
    }

    [Fact]
    public void ARecordThatNeverEnds_TakesNoMemory()
    {
        var wide = Assert.Throws<InvalidInputException>(() => Scan("photos.csv", $"file,label\n{string.Concat(Enumerable.Repeat("a,", 200_000))}\n"));
        var tall = Assert.Throws<InvalidInputException>(() => Scan("photos.csv", $"file,label\n{string.Concat(Enumerable.Repeat("\"a\n\",", 50_000))}\n"));

        Assert.All([wide, tall], refused => Assert.Contains("longer than 65,536 characters", refused.Problems[0].Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("metadata.csv", new byte[] { (byte)'f', (byte)'i', (byte)'l', (byte)'e', (byte)',', 0xE9, (byte)'\n' })]
    [InlineData("metadata.jsonl", new byte[] { (byte)'[', (byte)']' })]
    public void WhatOnlyLooksLikeAManifest_LeavesClassFoldersAsTheyAre(string name, byte[] content)
    {
        _folder.Image("x/0.png", SKColors.Red).Image("y/0.png", SKColors.Green).Bytes(name, content);
        File.Delete(_folder.At("a.png"));
        Directory.Delete(_folder.At("deep"), recursive: true);

        var set = DrawnFolder.Scan(Spec, seed: 0);

        Assert.Equal(["x", "y"], set.Classes);
        Assert.Contains(set.Report.Ignored, file => file.Path == name);
    }

    [Fact]
    public void ManifestOfAFolder_IsRead_ThoughItsFirstLineIsWrong()
    {
        _folder.Image("x/0.png", SKColors.Red).Image("y/0.png", SKColors.Green)
            .Bytes("metadata.jsonl", "{\"file_name\": \"x/0.png\", \"label\": null}\n{\"file_name\": \"y/0.png\", \"label\": \"b\"}\n"u8.ToArray());

        Assert.Equal("metadata.jsonl:1", Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(Spec, seed: 0)).Problems[0].Field);
    }

    [Fact]
    public void APipe_IsNotWaitedFor()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo makes it.");
        System.Diagnostics.Process.Start("mkfifo", [_folder.At("pipe.csv")]).WaitForExit();
        System.Diagnostics.Process.Start("mkfifo", [_folder.At("metadata.csv")]).WaitForExit();

        Assert.StartsWith("is empty", Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(Spec with { Path = _folder.At("pipe.csv") }, seed: 0)).Problems[0].Message, StringComparison.Ordinal);
        Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(Spec, seed: 0)); // one class folder
    }

    [Fact]
    public void AClassWithoutAReadableImage_IsNamedWithOneOfThem()
    {
        var spec = Write("photos.csv", "file,label\na.png,x\nno\\b.png,y\nno\\c.png,y\n") with { MaxSkippedShare = 1 };

        var refused = Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(spec, seed: 0));

        Assert.Equal(
            "photos.csv: none of the images of class 'y' can be read, such as no\\b.png (there is no such file); mend their paths or remove their lines",
            $"{refused.Problems[0].Field}: {refused.Problems[0].Message}");
    }

    [Fact]
    public void OtherLabels_AreOtherData()
    {
        var one = Scan("one.csv", "file,label\na.png,x\nb.png,x\ndeep/a.png,x\ndeep/c,y\n");
        var two = Scan("two.csv", "file,label\na.png,x\nb.png,x\ndeep/a.png,y\ndeep/c,y\n");

        Assert.NotEqual(one.Hash, two.Hash);
    }

    [Fact]
    public void BytesThatAreNotUtf8_AreRefused()
    {
        _folder.Bytes("photos.csv", [.. "file,label\na.png,x\nb"u8, 0xE9, .. ".png,y\n"u8]);

        var refused = Assert.Throws<InvalidInputException>(() => DrawnFolder.Scan(Spec with { Path = _folder.At("photos.csv") }, seed: 0));

        Assert.EndsWith("is not UTF-8; save it as UTF-8", refused.Problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatIsNotThere_CountsAsUnreadable()
    {
        var spec = Write("photos.csv", "file,label\na.png,x\nb.png,y\ngone.png,y\n") with { MaxSkippedShare = 0.5 };

        Assert.Equal("gone.png (there is no such file)", Assert.Single(DrawnFolder.Scan(spec, seed: 0).Report.Unreadable).ToString());
    }

    [Fact]
    public void TheOrderOfLines_ChangesNothing()
    {
        var one = Scan("one.csv", "file,label\na.png,x\ndeep/a.png,x\nb.png,y\ndeep/c,y\n").Hash;

        Assert.Equal(one, Scan("two.csv", "file,label\ndeep/c,y\ndeep/a.png,x\nb.png,y\na.png,x\n").Hash);
    }

    [Fact]
    public void AModelIsEvaluated_OnTheSplitThatIsMeant()
    {
        var spec = Write("photos.csv", "file,label,split\na.png,x,train\nb.png,y,train\ndeep/a.png,x,test\n");

        Assert.Equal(["deep/a.png"], EvaluationImages.InFolder(spec.Path, split: null).Images.Select(image => image.Path));
        Assert.Equal(["a.png", "b.png"], EvaluationImages.InFolder(spec.Path, Split.Train).Images.Select(image => image.Path));
        var refused = Assert.Throws<InvalidInputException>(() => EvaluationImages.InFolder(spec.Path, Split.Validation));
        Assert.Equal($"'{spec.Path}' has no images of val, only of train and test; name another split", refused.Problems[0].Message);
    }

    [Fact]
    public void AnOutline_CountsWithoutOpeningAnImage()
    {
        var spec = Write("photos.csv", "file,label,split\n1,x,train\n2,y,train\n3,y,train\n4,x,test\n");

        Assert.Equal((3, 0, 1), (DataOutline.Read(spec, seed: 0).Train, DataOutline.Read(spec, seed: 0).Validation, DataOutline.Read(spec, seed: 0).Test));
        Assert.Equal(["x", "y"], DataOutline.ClassesIn(spec.Path, "data.path"));
        Assert.True(DataOutline.Exists(spec.Path));
    }

    private DataSpec Spec => _folder.Spec with { ValidationShare = 0, TestShare = 0 };

    private DataSpec Write(string name, string text)
    {
        _folder.Bytes(name, Encoding.UTF8.GetBytes(text));
        return Spec with { Path = _folder.At(name) };
    }

    private DataSet Scan(string name, string text) => DrawnFolder.Scan(Write(name, text), seed: 0);
}
