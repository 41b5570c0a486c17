using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Bases;

/// <summary>Models that can be no base, and what is said of them.</summary>
public sealed class BaseRefusalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void AFileThatIsNoModel_IsRefused()
    {
        File.WriteAllText(_folder.In("model.onnx"), "not at all");

        Assert.Contains("is damaged or no ONNX model", Message(() => Resolve(_folder.In("model.onnx"))), StringComparison.Ordinal);
        Assert.Contains("does not exist", Message(() => Resolve(_folder.In("nowhere.onnx"))), StringComparison.Ordinal);
        Assert.Contains("is a folder", Message(() => Resolve(_folder.Path)), StringComparison.Ordinal);
    }

    [Fact]
    public void ABoundaryThatIsNotThere_IsRefusedWithTheNearest()
    {
        var refused = Refused(() => Resolve(Write(StrangeGraphs.Mobile()), boundary: "featurs"));

        Assert.Equal("model.boundary", refused.Field);
        Assert.StartsWith("unknown node or tensor 'featurs'; did you mean features", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ABoundaryThatIsTheSameForEveryImage_IsRefused()
    {
        var graph = StrangeGraphs.Mobile().Node("Relu", "class.b", "constant").Node("Shape", "map", "size").Node("Cast", "size", "sizes", ("to", 1));

        Assert.Contains("does not depend on the image", Message(() => Resolve(Write(graph), boundary: "constant")), StringComparison.Ordinal);
        Assert.Contains("does not depend on the image", Message(() => Resolve(Write(graph), boundary: "sizes")), StringComparison.Ordinal);
    }

    [Fact]
    public void AFurtherInput_IsRefusedWhereTheBoundaryNeedsIt()
    {
        var graph = StrangeGraphs.Mobile().Input("text", 1, -1, 12).Node("Add", "features text", "both").Output("both");

        Assert.Contains("text (float32 [?, 12]) besides pictures", Message(() => Resolve(Write(graph), boundary: "both")), StringComparison.Ordinal);
        Assert.Equal("features", Resolve(Write(graph)).Model.Boundary);
        var two = StrangeGraphs.Mobile().Input("others", 1, -1, 3, 48, 48);
        Assert.Contains("several inputs for images", Message(() => Resolve(Write(two))), StringComparison.Ordinal);
    }

    [Fact]
    public void AModelWithoutImages_IsRefusedWithWhatItTakes()
    {
        var graph = new OnnxWriter().Input("ids", 7, -1, 128).Node("Cast", "ids", "x", ("to", 1)).Output("x");

        Assert.Contains("no input for images", Message(() => Resolve(Write(graph))), StringComparison.Ordinal);
        Assert.Contains("ids: int64 [?, 128]", Message(() => Resolve(Write(graph))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("com.acme:Sparkle", "com.acme", "Sparkle")]
    [InlineData("Sparkle", "Sparkle", "Sparkle")]
    public void AnUnknownOperator_IsNamedInOneSentence(string operation, string domain, string name)
    {
        var graph = new OnnxWriter { Domain = "com.acme" }.Input("image", 1, -1, 3, 48, 48).Node(operation, "image", "x").Node("Relu", "x", "y").Output("y");

        var message = Message(() => Resolve(Write(graph)));

        Assert.Contains(name, message, StringComparison.Ordinal);
        Assert.Contains(domain, message, StringComparison.Ordinal);
        Assert.Contains("cannot be computed", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.DoesNotContain("base/", message, StringComparison.Ordinal);
    }

    [Fact]
    public void OldOperators_AreRefused() =>
        Assert.Contains("opset", Message(() => Resolve(Write(StrangeGraphs.Mobile(10)))), StringComparison.Ordinal);

    [Fact]
    public void ImagesThatAreNotSquare_OrTooSmall_AreRefused()
    {
        Assert.Contains("48 x 64", Message(() => Resolve(Write(Taking(1, 3, 48, 64)))), StringComparison.Ordinal);
        Assert.Contains("16 x 16", Message(() => Resolve(Write(Taking(1, 3, 16, 16)))), StringComparison.Ordinal);
        Assert.Contains("exactly 100000 images", Message(() => Resolve(Write(Taking(100_000, 3, 48, 48)))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../outside.bin", "own folder or below")]
    [InlineData("/etc/passwd", "own folder or below")]
    [InlineData("sub/../../outside.bin", "own folder or below")]
    [InlineData("link.bin", "a link")]
    [InlineData("linked/weights.bin", "a link")]
    [InlineData("missing.bin", "is missing")]
    public void ConstantsElsewhere_AreNotRead(string location, string why)
    {
        using var other = new TemporaryFolder();
        File.WriteAllBytes(other.In("weights.bin"), new byte[4096]);
        File.WriteAllBytes(_folder.In("outside.bin"), new byte[4096]);
        var inner = Directory.CreateDirectory(_folder.In("inner")).FullName;
        File.CreateSymbolicLink(Path.Combine(inner, "link.bin"), other.In("weights.bin"));
        Directory.CreateSymbolicLink(Path.Combine(inner, "linked"), other.Path);
        var graph = new OnnxWriter().Input("image", 1, -1, 3, 48, 48).ConstantAt("w", location, "0", "16", 4).Node("Relu", "image", "y").Output("y");
        File.WriteAllBytes(Path.Combine(inner, "model.onnx"), graph.ToArray());

        Assert.Contains(why, Message(() => Resolve(Path.Combine(inner, "model.onnx"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", "17")]
    [InlineData("4090", "16")]
    [InlineData("99999999999", "16")]
    [InlineData("0", null)]
    [InlineData("-1", "16")]
    [InlineData("x", "16")]
    public void ConstantsThatTheirFileDoesNotHave_AreRefused(string offset, string? length)
    {
        File.WriteAllBytes(_folder.In("weights.bin"), new byte[4096]);
        var graph = new OnnxWriter().Input("image", 1, -1, 3, 48, 48).ConstantAt("w", "weights.bin", offset, length, length is null ? 2_000 : 4)
            .Node("Add", "image w", "y").Output("y");

        Refused(() => Resolve(Write(graph)));
    }

    [Fact]
    public void SizesThatNobodyCanHold_AreRefusedBeforeAnythingIsTaken()
    {
        File.WriteAllBytes(_folder.In("weights.bin"), new byte[64]);
        var graph = new OnnxWriter().Input("image", 1, -1, 3, 48, 48).ConstantAt("w", "weights.bin", "0", null, long.MaxValue, long.MaxValue).Node("Add", "image w", "y").Output("y");

        Assert.Contains("more elements than can be counted", Message(() => Resolve(Write(graph))), StringComparison.Ordinal);
    }

    [Fact]
    public void Pooling_IsRefusedWhereThereIsNothingToPool()
    {
        Assert.Equal("model.pool", Refused(() => Resolve(Write(StrangeGraphs.Mobile()), pool: FeaturePooling.Avg)).Field);
        Assert.Equal("model.pool", Refused(() => Resolve(Write(StrangeGraphs.Mobile()), boundary: "map", pool: FeaturePooling.Cls)).Field);
    }

    [Fact]
    public void AGraphThatReadsWhatIsNotThereYet_IsRefused()
    {
        var graph = new OnnxWriter().Input("image", 1, -1, 3, 48, 48).Node("Relu", "later", "y").Node("Relu", "image", "later").Output("y");

        Assert.Contains("which nothing before it makes", Message(() => Resolve(Write(graph))), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static OnnxWriter Taking(params long[] shape) => new OnnxWriter().Input("image", 1, shape).Node("Relu", "image", "y").Output("y");

    private static RunSpec Resolve(string path, string? boundary = null, FeaturePooling pool = FeaturePooling.Auto) => RunBases.Resolve(new()
    {
        Data = new() { Path = ".", ImageSize = 48 },
        Model = new() { Base = path, Boundary = boundary, Pool = pool },
        Output = "out",
        Phases = [new() { Epochs = 1 }],
    });

    private string Write(OnnxWriter graph)
    {
        File.WriteAllBytes(_folder.In("model.onnx"), graph.ToArray());
        return _folder.In("model.onnx");
    }

    private static string Message(Action action) => Refused(action).Message;

    private static Errors.Problem Refused(Action action) => Assert.Single(Assert.Throws<Errors.InvalidInputException>(action).Problems);
}
