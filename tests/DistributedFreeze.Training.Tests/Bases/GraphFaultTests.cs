using DistributedFreeze.Data.Bases;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features.Engines;
using TorchSharp;

namespace DistributedFreeze.Training.Bases;

/// <summary>Graphs that do well with a black image and not with others, and files that change under a run.</summary>
public sealed class GraphFaultTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void AGraphThatLoopsForEver_IsStopped()
    {
        var body = new OnnxWriter().Scalar("i", 7).Scalar("goes", 9).Input("value", 1, 1).Node("Identity", "goes", "go on").Node("Identity", "value", "kept").Output("go on", 9).Output("kept");

        var refused = Refused(Bright().Constant("most", [long.MaxValue]).Node("Loop", "most more half", "found", ("body", body)), TimeSpan.FromSeconds(1));

        Assert.Equal($"{_folder.In("model.onnx")} was not done with one image after 1 s", refused.Message);
    }

    [Fact]
    public void AGraphThatFails_IsTheRunsFault_AndNamesItsNode()
    {
        var graph = Bright().Constant("one", [1f], 1).Node("Cast", "more", "index", ("to", 7)).Node("Gather", "one index", "found");

        var refused = Refused(graph, longest: null);

        Assert.StartsWith($"{_folder.In("model.onnx")} cannot be computed: Gather node 'n/found': indices element out of data bounds", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatIsGone_ChangesNothing_AndADamagedOneIsNotTheRuns()
    {
        var spec = Resolved(StrangeGraphs.Mobile());
        using var weights = new GraphBase(spec).Load(torch.CPU, parent: null);
        var before = weights.Hash(["base"])["base"];

        File.WriteAllText(spec.Model.Base!, "not at all");
        Assert.Contains("is damaged", Assert.Throws<InvalidInputException>(() => weights.Hash(["base"])).Message, StringComparison.Ordinal);
        File.WriteAllBytes(spec.Model.Base!, StrangeGraphs.Mobile(14).ToArray());
        Assert.NotEqual(before, weights.Hash(["base"])["base"]);
        File.Delete(spec.Model.Base!);
        Assert.Equal(before, weights.Hash(["base"])["base"]);
    }

    [Fact]
    public void FeaturesOfAnotherNumberOfThreads_AreKeptApart() =>
        Assert.NotEqual(GraphPrefixEngine.IdOf(PrefixProvider.Cpu, threads: 1, RunPrecision.Fp32), GraphPrefixEngine.IdOf(PrefixProvider.Cpu, threads: 2, RunPrecision.Fp32));

    public void Dispose() => _folder.Dispose();

    /// <summary>A graph with <c>more</c>, whether a pixel is brighter than a half.</summary>
    private static OnnxWriter Bright() => new OnnxWriter().Input("image", 1, -1, 3, 48, 48)
        .Constant("half", [0.5f]).Node("ReduceMax", "image", "brightest", ("keepdims", 0)).Node("Greater", "brightest half", "more");

    private Problem Refused(OnnxWriter graph, TimeSpan? longest)
    {
        var spec = Resolved(graph.Node("GlobalAveragePool", "image", "mean").Node("Flatten", "mean", "flat", ("axis", 1)).Node("Add", "flat found", "features").Output("features"));
        var table = LayerTable.For(spec.Model);
        using var engine = new GraphPrefixEngine(new() { Table = table, Ends = [table.Layers.Length], ImageSize = 48 }, BaseGraph.OpenOf(spec.Model), spec.Model, longest);
        using var block = engine.CreateBlock();
        block.Evaluate(); // black images
        block.InputOf(1).Fill(1);
        return Assert.Single(Assert.Throws<InvalidInputException>(block.Evaluate).Problems);
    }

    private RunSpec Resolved(OnnxWriter graph)
    {
        File.WriteAllBytes(_folder.In("model.onnx"), graph.ToArray());
        return RunBases.Resolve(new()
        {
            Data = new() { Path = ".", ImageSize = 48 },
            Model = new() { Base = _folder.In("model.onnx") },
            Output = "out",
            Phases = [new() { Epochs = 1 }],
        });
    }
}
