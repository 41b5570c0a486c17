using DistributedFreeze.Errors;
using DistributedFreeze.Training.Onnx;

namespace DistributedFreeze.Training.Export;

public sealed class ImageClassifierTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("what export writes", OnnxType.Byte, 32, 32, "stretch", """["a","b"]""", true)]
    [InlineData("floats", OnnxType.Real, 32, 32, "stretch", """["a","b"]""", false)]
    [InlineData("not square", OnnxType.Byte, 32, 48, "stretch", """["a","b"]""", false)]
    [InlineData("of any size", OnnxType.Byte, OnnxGraph.AnyNumber, OnnxGraph.AnyNumber, "stretch", """["a","b"]""", false)]
    [InlineData("other classes", OnnxType.Byte, 32, 32, "stretch", """["a","b","c"]""", false)]
    [InlineData("no list of classes", OnnxType.Byte, 32, 32, "stretch", "a, b", false)]
    [InlineData("another way to become square", OnnxType.Byte, 32, 32, "7", """["a","b"]""", false)]
    public void AModelOfAnotherKind_IsRefused(string kind, OnnxType type, long height, long width, string resize, string classes, bool isTaken)
    {
        var path = _folder.In($"{kind}.onnx");
        using (var file = File.Create(path))
        {
            Model(type, height, width, resize, classes).WriteTo(file);
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
