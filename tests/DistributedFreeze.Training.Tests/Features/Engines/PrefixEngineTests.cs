using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>What every engine promises about an image's bits, and how near the engines are to one another.</summary>
public sealed class PrefixEngineTests(EngineFixture networks) : IClassFixture<EngineFixture>
{
    private const double Tolerance = 1e-4;

    [Theory]
    [InlineData(NetworkGraph.KerasV1)]
    [InlineData(NetworkGraph.TorchvisionV15)]
    public void TheEngines_AgreeAtEveryBoundary(NetworkGraph graph)
    {
        var torch = networks.FromPixels(PrefixEngine.Torch, graph);
        var onnx = networks.FromPixels(PrefixEngine.Onnx, graph);

        Assert.Equal(40, torch.Count);
        Assert.All(torch, pair => Assert.InRange(Distance(pair.Value, onnx[pair.Key]), 0, Tolerance));
    }

    [Theory]
    [CombinatorialEngines]
    public void AnImagesBits_DependNeitherOnItsPlaceNorOnItsNeighbours(PrefixEngine kind, NetworkGraph graph)
    {
        var ends = EngineFixture.AllEnds(LayerTable.For(graph));
        using var engine = networks.Create(kind, graph, 0, ends);
        using var together = engine.CreateBlock();
        networks.Fill(together);
        together.Evaluate();

        foreach (var (image, place) in new[] { (0, 7), (5, 0), (3, 4) })
        {
            using var alone = engine.CreateBlock();
            networks.Images[image].CopyTo(alone.InputOf(place));
            alone.Evaluate();
            Assert.All(ends, (_, i) => AssertSameBits(together.OutputOf(i, image), alone.OutputOf(i, place)));
        }
    }

    [Theory]
    [CombinatorialEngines]
    public void AnEndsBits_DontDependOnTheOtherEnds(PrefixEngine kind, NetworkGraph graph)
    {
        var together = networks.FromPixels(kind, graph);

        Assert.All(together, pair =>
        {
            using var engine = networks.Create(kind, graph, 0, [pair.Key]);
            using var block = engine.CreateBlock();
            networks.Fill(block);
            block.Evaluate();
            AssertSameBits(pair.Value, block.Output(0).Span);
        });
    }

    [Theory]
    [CombinatorialEngines]
    public void ContinuingFromStoredFeatures_GivesTheBitsOfThePixels(PrefixEngine kind, NetworkGraph graph)
    {
        var table = LayerTable.For(graph);
        var fromPixels = networks.FromPixels(kind, graph);

        Assert.All(CutTensors.Of(table).Where(cut => PrefixEngines.MayContinueFrom(kind, table, cut)), start =>
        {
            var ends = EngineFixture.AllEnds(table).RemoveAll(end => end < start);
            using var engine = networks.Create(kind, graph, start, ends);
            using var block = engine.CreateBlock();
            fromPixels[start].CopyTo(block.Input);
            block.Evaluate();
            Assert.All(ends, (end, i) => AssertSameBits(fromPixels[end], block.Output(i).Span));
        });
    }

    [Theory]
    [CombinatorialEngines]
    public void TwoCallersAtOnce_GetTheBitsOfOne(PrefixEngine kind, NetworkGraph graph)
    {
        var table = LayerTable.For(graph);
        using var engine = networks.Create(kind, graph, 0, [table["conv4_block6_out"].Index, table.Layers.Length]);
        using var expected = engine.CreateBlock();
        networks.Fill(expected);
        expected.Evaluate();

        using var bothReady = new Barrier(2);
        var found = new float[2][];
        var callers = Enumerable.Range(0, 2).Select(caller => new Thread(() =>
        {
            using var block = engine.CreateBlock();
            networks.Fill(block);
            bothReady.SignalAndWait();
            block.Evaluate();
            found[caller] = [.. block.Output(0).Span, .. block.Output(1).Span];
        })).ToList();
        callers.ForEach(thread => thread.Start());
        callers.ForEach(thread => thread.Join());

        float[] alone = [.. expected.Output(0).Span, .. expected.Output(1).Span];
        Assert.All(found, values => AssertSameBits(alone, values));
    }

    [Theory]
    [CombinatorialEngines]
    public void TheNumberOfThreads_DoesntChangeBits(PrefixEngine kind, NetworkGraph graph)
    {
        var one = networks.FromPixels(kind, graph);

        using var engine = networks.Create(kind, graph, 0, [.. one.Keys], threads: 2);
        using var block = engine.CreateBlock();
        networks.Fill(block);
        block.Evaluate();

        Assert.All(one.Values, (values, i) => AssertSameBits(values, block.Output(i).Span));
    }

    private static double Distance(float[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        var peak = expected.Max(Math.Abs);
        Assert.True(peak > 0);
        return expected.Zip(found).Max(pair => Math.Abs(pair.First - pair.Second)) / peak;
    }

    private static void AssertSameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> found)
    {
        Assert.Equal(expected.Length, found.Length);
        var different = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            different += BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(found[i]) ? 0 : 1;
        }

        Assert.Equal(0, different);
    }
}
