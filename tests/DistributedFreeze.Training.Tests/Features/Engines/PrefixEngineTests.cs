using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Runs;
using static DistributedFreeze.Training.Features.Engines.FeatureComparison;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>What every engine promises about an image's bits, and how near the engines are to one another.</summary>
[Slow(seconds: 90)]
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
    [EveryEngine]
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
    [EveryEngine]
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
    [EveryEngine]
    public void TheMeansOfChannels_AreThoseOfTheMaps_AndLeaveTheEndsAsTheyAre(PrefixEngine kind, NetworkGraph graph)
    {
        var table = LayerTable.For(graph);
        ImmutableArray<int> means = [table["pool1_pool"].Index, table["conv3_block2_out"].Index, table["conv5_block3_out"].Index];
        ImmutableArray<int> ends = [table["conv4_block6_out"].Index, table.Layers.Length];
        var maps = networks.FromPixels(kind, graph);
        using var engine = networks.Create(kind, graph, 0, ends, means: means);
        using var block = engine.CreateBlock();
        networks.Fill(block);
        block.Evaluate();

        Assert.All(ends, (end, i) => AssertSameBits(maps[end], block.Output(i).Span));
        Assert.All(means, (layer, i) =>
        {
            var found = block.Output(ends.Length + i).ToArray();
            var expected = maps[layer].Chunk(maps[layer].Length / found.Length).Select(channel => channel.Average(value => (double)value)).ToList();
            Assert.Equal(PrefixEngines.BlockSize * table.Layers[layer].Channels, found.Length);
            Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * (1 + Math.Abs(pair.First))));
        });
        Assert.Equal(table.Layers[means[1]].Channels, block.OutputOf(ends.Length + 1, 3).Length);
        AssertSameBits(maps[table.Layers.Length], block.Output(ends.Length + 2).Span);
    }

    [Fact]
    public void MeansOutOfOrder_OrWhereTheGraphCannotBeCut_AreRefused()
    {
        var table = LayerTable.For(NetworkGraph.KerasV1);

        Assert.All((ImmutableArray<int>[])[[80, 38], [table["conv2_block1_1_relu"].Index], [table.Layers.Length]], means =>
            Assert.Throws<ArgumentException>(() => networks.Create(PrefixEngine.Onnx, NetworkGraph.KerasV1, 0, [table.Layers.Length], means: means)));
    }

    [Theory]
    [EveryEngine]
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
    [EveryEngine]
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

    [Fact]
    public void TheNumberOfThreads_ChangesNoBitsOnOnnxRuntime()
    {
        var one = networks.FromPixels(PrefixEngine.Onnx, NetworkGraph.KerasV1);

        using var engine = networks.Create(PrefixEngine.Onnx, NetworkGraph.KerasV1, 0, [.. one.Keys], threads: 2);
        using var block = engine.CreateBlock();
        networks.Fill(block);
        block.Evaluate();

        Assert.All(one.Values, (values, i) => AssertSameBits(values, block.Output(i).Span));
    }

    [Fact]
    public void OnlyAConvolutionFromItsBatchNorm_IsNotToBeContinuedFromOnOnnxRuntime()
    {
        var table = LayerTable.For(NetworkGraph.KerasV1);
        var refused = CutTensors.Of(table).Where(cut => !PrefixEngines.MayContinueFrom(PrefixEngine.Onnx, table, cut));

        Assert.Equal(["conv1_conv"], refused.Select(cut => table.Layers[cut].Name));
        Assert.All(CutTensors.Of(table), cut => Assert.True(PrefixEngines.MayContinueFrom(PrefixEngine.Torch, table, cut)));
    }

    [Theory]
    [EveryEngine]
    public void ABlock_MayBeUsedAgainAndAgain(PrefixEngine kind, NetworkGraph graph)
    {
        var end = LayerTable.For(graph)["conv3_block1_out"].Index;
        using var engine = networks.Create(kind, graph, 0, [end]);
        using var block = engine.CreateBlock();
        networks.Fill(block);
        block.Evaluate();
        var first = block.Output(0).ToArray();

        block.Input.Span.Clear();
        block.Evaluate();
        Assert.NotEqual(first, block.Output(0).ToArray());
        networks.Fill(block);
        block.Evaluate();

        AssertSameBits(first, block.Output(0).Span);
    }

    [Theory]
    [EveryEngine]
    public void ADisposedEngine_IsRefused(PrefixEngine kind, NetworkGraph graph)
    {
        var engine = networks.Create(kind, graph, 0, [1]);
        using var block = engine.CreateBlock();
        engine.Dispose();

        Assert.Throws<ObjectDisposedException>(engine.CreateBlock);
        Assert.Throws<ObjectDisposedException>(block.Evaluate);
    }

    [Fact]
    public void TheId_NamesLibraryVersionAndProvider()
    {
        using var onnx = networks.Create(PrefixEngine.Onnx, NetworkGraph.KerasV1, 0, [1]);
        using var torch = networks.Create(PrefixEngine.Torch, NetworkGraph.KerasV1, 0, [1], threads: 2);

        Assert.Matches(@"^onnx-\d+\.\d+\.\d+-cpu-[a-z0-9-]+$", onnx.Id);
        Assert.Matches(@"^torch-\d+\.\d+[0-9.]*-cpu-[a-z0-9-]+-dense1x1-t2$", torch.Id);
    }

    [Fact]
    public void TheTorchEnginesId_NamesALimitThatOneDnnWasGiven() =>
        _ = OwnProcess.Passes(typeof(PrefixEngineTests), nameof(TheTorchEnginesIdUnderALimit), ("ONEDNN_MAX_CPU_ISA", "AVX2"));

    /// <summary>The child's part of the test above.</summary>
    [Fact(Explicit = true)]
    public void TheTorchEnginesIdUnderALimit()
    {
        using var torch = networks.Create(PrefixEngine.Torch, NetworkGraph.KerasV1, 0, [1]);

        Assert.Contains("-at-most-avx2-", torch.Id, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, new[] { 8 })]
    [InlineData(0, new int[0])]
    [InlineData(8, new[] { 174 })]
    [InlineData(18, new[] { 17 })]
    [InlineData(0, new[] { 18, 18 })]
    [InlineData(0, new[] { 28, 18 })]
    [InlineData(0, new[] { 176 })]
    [InlineData(175, new[] { 175 })]
    public void AStretchThatCannotBeCut_IsRefused(int start, int[] ends) =>
        Assert.Throws<ArgumentException>(() => networks.Create(PrefixEngine.Torch, NetworkGraph.KerasV1, start, [.. ends]));
}
