using System.Text;
using DistributedFreeze.Data.Bases;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>An ONNX model of anybody's, as a run reads it for its base, up to the model that ONNX Runtime would get.</summary>
internal sealed class BaseTarget : FuzzTarget
{
    public BaseTarget(string folder)
        : base(folder)
    {
        File.WriteAllBytes(In("weights.bin"), StrangeGraphs.Mobile(external: "weights.bin").ExternalBytes);
        File.WriteAllText(In("preprocessor_config.json"), """{"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}""");
    }

    public override string Name => "base";

    public override int Inputs => 3_000;

    protected override string Ending => ".onnx";

    public override IEnumerable<byte[]> Seeds() =>
        [StrangeGraphs.Mobile(11).ToArray(), StrangeGraphs.Mobile(14, channelsLast: true, external: "weights.bin").ToArray(), StrangeGraphs.Tokens().ToArray()];

    public override IEnumerable<byte[]> Words() =>
        ((string[])["pictures", "features", "logits", "Gemm", "MatMul", "Add", "Loop", "If", "Shape", "Constant", "location", "offset", "length", "weights.bin", "../weights.bin", "image_mean", "preprocessing", "caffe", "base/"])
        .Select(Encoding.ASCII.GetBytes);

    /// <summary>Mostly field by field, since a length that is wrong ends at the parser.</summary>
    public override byte[] Mutate(Mutator mutator, byte[] input, byte[] other)
    {
        if (ProtoPiece.Parse(input) is not { Count: > 0 } message || mutator.Random.Next(8) == 0)
        {
            return base.Mutate(mutator, input, other);
        }

        for (var changes = mutator.Random.Next(1, 4); changes > 0; changes--)
        {
            ProtoPiece.Change(message, ProtoPiece.Parse(other) ?? [], mutator);
        }

        return ProtoPiece.Write(message);
    }

    public override void Read(byte[] input)
    {
        var graph = BaseGraph.Open(Path);
        _ = graph.Preprocessing;
        var walk = new GraphWalk(graph.File, graph.Image.Name);
        var nodes = walk.NodesFor(graph.Default.Tensor);
        _ = new GraphCosts(graph.File, walk, nodes).ParametersOf(nodes);
        _ = walk.Cuts();
        _ = new GraphChance(graph.File).Of(graph.Default.Tensor);
        var size = graph.Image.SizeFor(graph.File, 48);
        _ = new GraphCut(graph.File, graph.Image, walk, graph.Default.Tensor).ToModel(1, size, GraphCut.OutputName);
    }
}
