using DistributedFreeze.Data;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Runs;
using Microsoft.ML.OnnxRuntime;

namespace DistributedFreeze.Training.Onnx;

/// <summary>Models as ONNX Runtime reads them.</summary>
public sealed class OnnxSegmentTests
{
    private const int Size = 32;

    // Sessions are made here without OnnxLibrary.
    static OnnxSegmentTests() => OnnxTelemetry.TurnOff();

    [Fact]
    public void AGraph_HasTheBytesOfItsProtobufDefinition()
    {
        var graph = new OnnxGraph("g");
        graph.AddInput("x", 2);
        graph.AddNode("Elu", ["x"], "y", new OnnxSetting("alpha", 1.5f));
        graph.AddConstant("c", 1, -1);
        graph.AddOutput("y", 2);

        // By hand from onnx.proto: (field << 3) | type, then the value, or its length and itself.
        const string Producer = "4469737472696275746564467265657A65"; // DistributedFreeze
        const string Float2 = "0A08" + "0801" + "1204" + "0A02" + "0802"; // tensor_type: float, one dim of 2
        const string Alpha = "0A05616C706861" + "15" + "0000C03F" + "A00101"; // name, f = 1.5, type FLOAT
        const string Node = "0A0178" + "120179" + "1A0179" + "2203456C75" + "2A0F" + Alpha; // input, output, name, op_type, attribute
        const string Constant = "0802" + "1007" + "420163" + "4A10" + "0100000000000000" + "FFFFFFFFFFFFFFFF"; // dims, type, name, raw_data
        const string Graph = "120167" // name
            + "5A0F" + "0A0178" + "120A" + Float2 // input
            + "0A1F" + Node
            + "2A19" + Constant
            + "620F" + "0A0179" + "120A" + Float2; // output
        const string OperatorSet = "0A00" + "1011"; // the default domain, 17
        Assert.Equal("0808" + "1211" + Producer + "3A61" + Graph + "4204" + OperatorSet, Convert.ToHexString(graph.ToArray()));
    }

    [Theory]
    [InlineData(NetworkGraph.KerasV1, 0, 175)]
    [InlineData(NetworkGraph.TorchvisionV15, 0, 175)]
    [InlineData(NetworkGraph.KerasV1, 2, 4)]
    public void FoldedBatchNorms_ComputeWhatSeparateOnesDo(NetworkGraph network, int start, int end)
    {
        var folded = Evaluate(network, start, end, BatchNormForm.Folded);
        var separate = Evaluate(network, start, end, BatchNormForm.Separate);

        var peak = separate.Max(Math.Abs);
        Assert.True(peak > 0);
        Assert.All(folded.Zip(separate), pair => Assert.InRange(pair.First, pair.Second - (1e-4 * peak), pair.Second + (1e-4 * peak)));
    }

    [Fact]
    public void AHead_FollowsOnTheSameGraph()
    {
        var table = LayerTable.For(NetworkGraph.KerasV1);
        var graph = new OnnxGraph("model");
        graph.AddInput(OnnxSegment.NameOf(table, 174), [.. OnnxSegment.ShapeOf(table, 174, images: 2, Size)]);
        var pooled = new OnnxSegment(graph, table, 174, BatchNormForm.Separate, (_, _) => Assert.Fail("Pooling has no tensors.")).Add(175);
        graph.AddConstant("head.0.weight", [2048, 3], values => values.Fill(0.5f));
        graph.AddNode("MatMul", [pooled, "head.0.weight"], "logits");
        graph.AddOutput("logits", 2, 3);

        var input = Enumerable.Repeat(1f, 2 * 2048).ToArray();
        using var session = new InferenceSession(graph.ToArray());
        using var value = OrtValue.CreateTensorValueFromMemory(input, [2, 2048, 1, 1]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["conv5_block3_out"], [value], ["logits"]);

        Assert.Equal(Enumerable.Repeat(1024f, 6), outputs[0].GetTensorDataAsSpan<float>().ToArray());
    }

    [Fact]
    public void AStreamGetsTheBytesOfTheArray()
    {
        var graph = Graph(NetworkGraph.KerasV1, 0, 18, BatchNormForm.Folded);
        using var stream = new MemoryStream();

        graph.WriteTo(stream);

        Assert.Equal(graph.ToArray(), stream.ToArray());
    }

    [Theory]
    [InlineData(8)]
    [InlineData(175)]
    public void AStartInsideABlock_IsRefused(int start) => Assert.Throws<ArgumentOutOfRangeException>(
        () => new OnnxSegment(new("g"), LayerTable.For(NetworkGraph.KerasV1), start, BatchNormForm.Folded, Draw));

    [Theory]
    [InlineData(18)]
    [InlineData(17)]
    [InlineData(176)]
    public void AnEndThatIsNotBehindTheStart_IsRefused(int end)
    {
        var segment = new OnnxSegment(new("g"), LayerTable.For(NetworkGraph.KerasV1), 18, BatchNormForm.Folded, Draw);

        Assert.Throws<ArgumentOutOfRangeException>(() => segment.Add(end));
    }

    private static float[] Evaluate(NetworkGraph network, int start, int end, BatchNormForm form)
    {
        var table = LayerTable.For(network);
        long[] shape = [.. OnnxSegment.ShapeOf(table, start, images: 1, Size)];
        var input = new float[shape.Aggregate((product, size) => product * size)];
        var random = new KeyedRandom(1, "input");
        foreach (ref var value in input.AsSpan())
        {
            value = (float)(50 * random.NextNormal());
        }

        using var session = new InferenceSession(Graph(network, start, end, form).ToArray());
        using var tensor = OrtValue.CreateTensorValueFromMemory(input, shape);
        using var options = new RunOptions();
        using var outputs = session.Run(options, session.InputNames, [tensor], session.OutputNames);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static OnnxGraph Graph(NetworkGraph network, int start, int end, BatchNormForm form)
    {
        var table = LayerTable.For(network);
        var graph = new OnnxGraph("segment");
        graph.AddInput(OnnxSegment.NameOf(table, start), [.. OnnxSegment.ShapeOf(table, start, images: 1, Size)]);
        var name = new OnnxSegment(graph, table, start, form, Draw).Add(end);
        graph.AddOutput(name, [.. OnnxSegment.ShapeOf(table, end, images: 1, Size)]);
        return graph;
    }

    private static void Draw(TensorSpec tensor, Span<float> values)
    {
        var random = new KeyedRandom(5, tensor.Name);
        var signed = tensor.Shape.Length == 4
            || tensor.Name.EndsWith("bias", StringComparison.Ordinal)
            || tensor.Name.EndsWith("mean", StringComparison.Ordinal);
        var scale = tensor.Shape.Length == 4 ? MathF.Sqrt(6f / (tensor.Shape[1] * tensor.Shape[2] * tensor.Shape[3])) : 1;
        foreach (ref var value in values)
        {
            value = signed
                ? scale * ((2 * random.NextSingle()) - 1)
                : 0.5f + random.NextSingle();
        }
    }
}
