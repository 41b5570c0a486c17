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

    [Theory]
    [InlineData("RandomNormalLike")]
    [InlineData("RandomUniformLike")]
    [InlineData("Bernoulli")]
    [InlineData("Dropout")]
    [InlineData("BatchNormalization")]
    public void WhatDiffersEachTime_IsRefusedBeforeTheBoundary_AndTakenBehindIt(string operation)
    {
        foreach (var place in (string[])["graph", "branch", "function", "function of a function"])
        {
            var refused = Refused(() => Resolve(Write(Chance(operation, place))));

            Assert.Contains($"node 'n/{(place == "graph" ? "noisy" : "out")}' ({operation})", refused.Message, StringComparison.Ordinal);
            Assert.Contains("in inference mode (model.eval())", refused.Message, StringComparison.Ordinal);
            Assert.Equal("planes", Resolve(Write(Chance(operation, place)), boundary: "planes").Model.Boundary);
            Assert.DoesNotContain(BaseGraph.Open(_folder.In("model.onnx")).Candidates(48, 9).Candidates, candidate => candidate.Tensor is "noisy" or "map");
        }
    }

    [Fact]
    public void DropoutThatIsOff_IsTaken()
    {
        var branch = Branch(new OnnxWriter().Truth("no", false).Constant("ratio", [0.5f]).Node("Dropout", "planes ratio no", "quiet").Node("Relu", "quiet", "out"));
        var graph = Planes().Truth("on", true).Node("Dropout", "planes", "alone").Truth("off", false).Constant("rate", [0.5f]).Node("Dropout", "alone rate off", "named")
            .Node("ReduceMax", "planes", "most", ("keepdims", 0)).Constant("nil", [0f]).Node("Greater", "most nil", "more").Node("If", "more", "noisy", ("then_branch", branch), ("else_branch", branch)).Node("Relu", "named", "map").Output("map");

        Assert.Equal("map", Resolve(Write(graph)).Model.Boundary);
        Assert.Equal("noisy", Resolve(Write(graph), boundary: "noisy").Model.Boundary);
        var old = new OnnxWriter { Opset = 11 }.Input("image", 1, -1, 3, 48, 48).Node("Dropout", "image", "map", ("ratio", 0.5f)).Output("map");
        Assert.Equal("map", Resolve(Write(old)).Model.Boundary);
    }

    [Fact]
    public void ATensorWhoseRowsAreNoImages_IsRefused_AndNoCandidate()
    {
        var graph = Planes().Constant("sizes", [0, 4, 144]).Node("Reshape", "planes sizes", "flat").Node("Transpose", "flat", "turned", ("perm", (int[])[2, 0, 1]))
            .Node("Transpose", "turned", "back", ("perm", (int[])[1, 0, 2])).Constant("window", [-1, 144, 2]).Node("Reshape", "back window", "windows")
            .Constant("all", [-1, 576]).Node("Reshape", "windows all", "map").Output("map");

        var refused = Refused(() => Resolve(Write(graph), boundary: "turned"));

        Assert.Equal("model.boundary", refused.Field);
        Assert.Contains("'turned' is a tensor of shape [144, 1, 4] for 1 image, and its first dimension has to be the number of images", refused.Message, StringComparison.Ordinal);
        Assert.Contains("[2, 144, 2] for 1 image", Message(() => Resolve(Write(graph), boundary: "windows")), StringComparison.Ordinal);
        var (candidates, all) = BaseGraph.Open(_folder.In("model.onnx")).Candidates(48, 9);
        Assert.Equal(["planes", "flat", "back", "map"], candidates.Select(candidate => candidate.Tensor));
        Assert.Equal(4, all);
    }

    [Fact]
    public void ATensorWhoseFirstSizeIsOneForAnyNumberOfImages_IsRefused()
    {
        var graph = Planes().Node("GlobalAveragePool", "planes", "mean").Constant("all", [1, -1, 4]).Node("Reshape", "mean all", "map").Output("map");

        Assert.Contains("shape [1, 3, 4] for 3 images", Message(() => Resolve(Write(graph))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a sparse constant")]
    [InlineData("a function")]
    [InlineData("a function's default")]
    [InlineData("a sparse constant of a function")]
    [InlineData("a branch")]
    public void ValuesWithinNodesThatLieElsewhere_AreNotRead(string place)
    {
        File.WriteAllBytes(_folder.In("secret.bin"), new byte[64]);
        var outside = OnnxWriter.Tensor("secret", [], "secret.bin");
        (int, byte[]) plain = (5, outside), sparse = (22, OnnxWriter.SparseTensor(outside, 1));
        var graph = place switch
        {
            "a sparse constant" => Planes().Node("Constant", "", "secret", ("sparse_value", sparse)).Node("Add", "planes secret", "map"),
            "a branch" => Planes().Truth("on", true).Node("If", "on", "map", ("then_branch", Secret(plain)), ("else_branch", Secret(plain))),
            "a function's default" => Planes().Function("Secret", new OnnxWriter().Node("Relu", "in", "out"), OnnxWriter.Field(11, OnnxWriter.Field(5, outside))).Node("com.acme:Secret", "planes", "map"),
            _ => Planes().Function("Secret", new OnnxWriter().Node("Constant", "", "secret", place.StartsWith("a sparse", StringComparison.Ordinal) ? ("sparse_value", sparse) : ("value", plain))
                .Node("Add", "in secret", "out")).Node("com.acme:Secret", "planes", "map"),
        };

        Assert.Contains("lies outside the file", Message(() => Resolve(Write(graph.Output("map")))), StringComparison.Ordinal);

        static OnnxWriter Secret((int, byte[]) value) => Branch(new OnnxWriter().Node("Constant", "", "secret", ("value", value)).Node("Add", "planes secret", "out"));
    }

    [Theory]
    [InlineData(new byte[] { 0x70, 0x81, 0x80, 0x80, 0x80, 0x10 })] // 2^32 + 1, of which protobuf takes the lower half
    [InlineData(new byte[] { 0x70, 0x01, 0x70, 0x07 })] // 7, which is none of the values, and so changes nothing
    public void AnElsewhereThatIsWrittenStrangely_IsOneAllTheSame(byte[] place)
    {
        var tensor = OnnxWriter.Tensor("secret", [], "secret.bin");
        var graph = Planes().Node("Constant", "", "secret", ("value", (5, (byte[])[.. tensor[..^2], .. place]))).Node("Add", "planes secret", "map").Output("map");

        Assert.Contains("lies outside the file", Message(() => Resolve(Write(graph))), StringComparison.Ordinal);
    }

    [Fact]
    public void ASparseConstantOfABranch_IsANameOfItsOwn()
    {
        var branch = Branch(new OnnxWriter().Sparse("few", 1, 1).Node("Add", "planes few", "out"));
        var graph = Planes().Truth("on", true).Node("If", "on", "map", ("then_branch", branch), ("else_branch", branch)).Output("map");

        Assert.NotEmpty(BaseGraph.Open(Write(graph)).File.Nodes);
    }

    [Theory]
    [InlineData(7, 1, "nodes")]
    [InlineData(7, 5, "constants")]
    [InlineData(7, 11, "inputs")]
    [InlineData(7, 12, "outputs")]
    [InlineData(14, 0, "texts of metadata")]
    [InlineData(25, 0, "functions")]
    [InlineData(8, 0, "operator sets")]
    [InlineData(1, 1, "names that one node reads or makes")]
    [InlineData(1, 2, "names that one node reads or makes")]
    [InlineData(11, 1, "dimensions of an input or output")]
    [InlineData(5, 1, "dimensions of a tensor")]
    public void MillionsOfEmptyEntries_AreRefusedWhileTheyAreRead(int field, int within, string kind)
    {
        var entries = Enumerable.Repeat(new[] { (byte)(((within == 0 ? field : within) << 3) | 2), (byte)0 }, 300_000);
        byte[] many = (field, within) switch
        {
            (_, 0) when field < 16 => [.. entries.SelectMany(entry => entry)],
            (_, 0) => [.. Enumerable.Repeat(OnnxWriter.Field(field, []), 300_000).SelectMany(entry => entry)],
            (1, _) => OnnxWriter.Field(7, OnnxWriter.Field(1, [.. entries.SelectMany(entry => entry)])),
            (5, _) => OnnxWriter.Field(7, OnnxWriter.Field(5, OnnxWriter.Field(1, new byte[600_000]))),
            (11, _) => OnnxWriter.Field(7, OnnxWriter.Field(11, OnnxWriter.Field(2, OnnxWriter.Field(1, OnnxWriter.Field(2, [.. entries.SelectMany(entry => entry)]))))),
            _ => OnnxWriter.Field(7, [.. entries.SelectMany(entry => entry)]),
        };
        File.WriteAllBytes(_folder.In("model.onnx"), many);

        var message = Message(() => BaseGraph.Open(_folder.In("model.onnx")));

        Assert.Contains("more than", message, StringComparison.Ordinal);
        Assert.EndsWith(kind, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_AreThePixelsAsTheyAre()
    {
        var graph = new OnnxWriter().Input("image", 2, -1, 3, 48, 48).Node("Cast", "image", "map", ("to", 1)).Output("map").Metadata("preprocessing", "caffe");
        _folder.Write("preprocessor_config.json", """{"image_mean": [0.1, 0.2, 0.3], "image_std": [1, 1, 1]}""");
        var run = new RunSpec { Data = new() { Path = ".", ImageSize = 48 }, Model = new() { Base = Write(graph) }, Output = "out", Phases = [new() { Epochs = 1 }] };

        Assert.Equal(Preprocessing.Raw, BaseGraph.Open(_folder.In("model.onnx")).Preprocessing.Taken);
        RunBases.Resolve(run with { Data = run.Data with { Preprocessing = Preprocessing.Raw } });
        var refused = Refused(() => RunBases.Resolve(run with { Data = run.Data with { Preprocessing = Preprocessing.Torch } }));
        Assert.Equal("data.preprocess", refused.Field);
        Assert.StartsWith("must be auto or raw, got torch", refused.Message, StringComparison.Ordinal);
        Assert.Equal("data.preprocess", Refused(() => BaseGraph.Open(_folder.In("model.onnx")).PreprocessingFor(Preprocessing.Unit)).Field);
    }

    [Theory]
    [InlineData(1, 48, -1)]
    [InlineData(1, -1, -1)]
    [InlineData(64, 48, -1)]
    [InlineData(-1, 48, 1)]
    public void AMask_IsNoSecondImage(long second, long third, long fourth)
    {
        var graph = StrangeGraphs.Mobile().Input("mask", 1, -1, second, third, fourth);

        Assert.Equal("pictures", BaseGraph.Open(Write(graph)).Image.Name);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Four planes of 12 x 12.</summary>
    private static OnnxWriter Planes() => new OnnxWriter { Domain = "com.acme" }.Input("image", 1, -1, 3, 48, 48).Weights("w", 4, 3, 4, 4).Node("Conv", "image w", "planes", ("strides", (int[])[4, 4]));

    private static OnnxWriter Branch(OnnxWriter body) => body.Output("out");

    /// <summary>An operator that differs each time, between planes and the map that is the output.</summary>
    private static OnnxWriter Chance(string operation, string place)
    {
        var graph = Planes().Truth("on", true);
        switch (place)
        {
            case "graph":
                Noise(graph, operation, "planes", "noisy");
                break;
            case "branch":
                graph.Node("If", "on", "noisy", ("then_branch", Branch(Noise(new(), operation, "planes", "out"))), ("else_branch", Branch(new OnnxWriter().Node("Relu", "planes", "out"))));
                break;
            default:
                graph.Function("Noise", Noise(new OnnxWriter(), operation, "in", "out"));
                graph.Function("Outer", new OnnxWriter().Node("com.acme:Noise", "in", "out"));
                graph.Node(place == "function" ? "com.acme:Noise" : "com.acme:Outer", "planes", "noisy");
                break;
        }

        return graph.Node("Relu", "noisy", "map").Output("map");
    }

    private static OnnxWriter Noise(OnnxWriter graph, string operation, string input, string output) => operation switch
    {
        "Dropout" => graph.Node("Constant", "", "rate", ("value", (5, OnnxWriter.Tensor("", BitConverter.GetBytes(0.5f))))).Node("Cast", "rate", "always", ("to", 9))
            .Node("Dropout", $"{input} rate always", output),
        "BatchNormalization" => graph.Node("Constant", "", "ones", ("value", (5, OnnxWriter.Tensor("", BitConverter.GetBytes(1f)))))
            .Node("BatchNormalization", $"{input} ones ones ones ones", output, ("training_mode", 1)),
        _ => graph.Node(operation, input, output),
    };

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
