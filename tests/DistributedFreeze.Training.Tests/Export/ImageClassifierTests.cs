using System.Diagnostics;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Onnx;
using SkiaSharp;

namespace DistributedFreeze.Training.Export;

public sealed class ImageClassifierTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("what export writes", true, 32, 32, "stretch", """["a","b"]""", true)]
    [InlineData("floats", false, 32, 32, "stretch", """["a","b"]""", false)]
    [InlineData("not square", true, 32, 48, "stretch", """["a","b"]""", false)]
    [InlineData("of any size", true, OnnxGraph.AnyNumber, OnnxGraph.AnyNumber, "stretch", """["a","b"]""", false)]
    [InlineData("other classes", true, 32, 32, "stretch", """["a","b","c"]""", false)]
    [InlineData("no list of classes", true, 32, 32, "stretch", "a, b", false)]
    [InlineData("a class without a name", true, 32, 32, "stretch", """["a",null]""", false)]
    [InlineData("another way to become square", true, 32, 32, "7", """["a","b"]""", false)]
    public void AModelOfAnotherKind_IsRefused(string kind, bool takesBytes, long height, long width, string resize, string classes, bool isTaken)
    {
        var path = _folder.In($"{kind}.onnx");
        using (var file = File.Create(path))
        {
            Model(takesBytes ? OnnxType.Byte : OnnxType.Real, height, width, resize, classes).WriteTo(file);
        }

        if (isTaken)
        {
            using var classifier = ImageClassifier.Open(path);
            Assert.Equal(["a", "b"], classifier.Classes);
            return;
        }

        var refusal = Assert.Throws<InvalidInputException>(() => ImageClassifier.Open(path));
        Assert.Equal(path, Assert.Single(refusal.Problems).Field);
        Assert.Contains("a model that dfreeze export wrote would be right", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1000", 1000)]
    [InlineData(null, DataSpec.DefaultMaxPixels)]
    [InlineData("many", DataSpec.DefaultMaxPixels)]
    [InlineData("-1", DataSpec.DefaultMaxPixels)]
    public void ThePixelLimit_IsTheModels(string? limit, long expected)
    {
        var model = Model(OnnxType.Byte, 32, 32, "stretch", """["a","b"]""");
        if (limit is not null)
        {
            model.AddMetadata("maxPixels", limit);
        }

        File.WriteAllBytes(_folder.In("m.onnx"), model.ToArray());
        WriteImage("fits.png", 25, 40);
        WriteImage("larger.png", 25, 41);

        using var classifier = ImageClassifier.Open(_folder.In("m.onnx"));
        using var stricter = ImageClassifier.Open(_folder.In("m.onnx"), maxPixels: 999);

        Assert.Equal(2, classifier.Classify(_folder.In("fits.png")).Length);
        Assert.Equal(expected > 1025, Record.Exception(() => classifier.Classify(_folder.In("larger.png"))) is null);
        Assert.Contains(
            "25 x 40 pixels, more than `data.max_pixels`, which is 999",
            Assert.Throws<InvalidInputException>(() => stricter.Classify(_folder.In("fits.png"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AKeyThatEndsAtAZeroByte_IsRefusedAsAnyModelOfAnotherKind()
    {
        var model = Model(OnnxType.Byte, 32, 32, "stretch", """["a","b"]""");
        model.AddMetadata("ma\0xPixels", "1000");

        var refusal = Assert.Throws<InvalidInputException>(() => ImageClassifier.Of(model.ToArray(), "the model"));

        Assert.Equal("the model", Assert.Single(refusal.Problems).Field);
        Assert.Contains("has metadata that cannot be read", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BytesThatAreNoModel_AreRefusedAsSuchAFileIs()
    {
        var refusal = Assert.Throws<InvalidInputException>(() => ImageClassifier.Of([1, 2, 3], "the model"));

        Assert.Contains("is damaged or no ONNX model", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void APipe_IsNotWaitedFor()
    {
        File.WriteAllBytes(_folder.In("m.onnx"), Model(OnnxType.Byte, 32, 32, "stretch", """["a","b"]""").ToArray());
        using (var made = Process.Start("mkfifo", [_folder.In("pipe.png")]))
        {
            made.WaitForExit();
        }

        using var classifier = ImageClassifier.Open(_folder.In("m.onnx"));

        Assert.Throws<InvalidInputException>(() => classifier.Classify(_folder.In("pipe.png")));
    }

    private void WriteImage(string name, int width, int height)
    {
        using var bitmap = new SKBitmap(width, height);
        bitmap.Erase(SKColors.Teal);
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(_folder.In(name), data.ToArray());
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A small model with the inputs and outputs of an exported one, or nearly.</summary>
    private static OnnxGraph Model(OnnxType type, long height, long width, string resize, string classes)
    {
        var graph = new OnnxGraph("g");
        graph.AddInput("images", type, OnnxGraph.AnyNumber, height, width, 3);
        graph.AddNode("Cast", ["images"], "floats", OnnxSetting.Whole("to", (long)OnnxType.Real));
        graph.AddNode("Transpose", ["floats"], "planes", new OnnxSetting("perm", 0, 3, 1, 2));
        graph.AddNode("GlobalAveragePool", ["planes"], "means");
        graph.AddNode("Flatten", ["means"], "pooled");
        graph.AddConstant("weights", [3, 2], values => values.Fill(1));
        graph.AddNode("MatMul", ["pooled", "weights"], "probabilities");
        graph.AddOutput("probabilities", OnnxGraph.AnyNumber, 2);
        graph.AddMetadata("classes", classes);
        graph.AddMetadata("resize", resize);
        return graph;
    }
}
