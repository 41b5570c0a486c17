using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>A prefix in bf16: what holds of every prefix, and how far it is from fp32's.</summary>
[Slow]
public sealed class Bfloat16PrefixTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    [Theory]
    [InlineData(NetworkGraph.KerasV1)]
    [InlineData(NetworkGraph.TorchvisionV15)]
    public void AnImagesBits_DependOnTheImageAlone(NetworkGraph graph)
    {
        var table = LayerTable.For(graph);
        using var engine = fixture.Create(PrefixEngine.Torch, table, 0, EngineFixture.AllEnds(table), precision: RunPrecision.Bf16);
        using var block = engine.CreateBlock();
        fixture.Fill(block);
        block.Evaluate();
        var expected = EngineFixture.AllEnds(table).Select((_, end) => block.OutputOf(end, 3).ToArray()).ToList();

        block.Input.Span.Clear();
        fixture.Images[3].CopyTo(block.InputOf(6));
        block.Evaluate();

        Assert.All(expected, (values, end) => Assert.Equal(values, block.OutputOf(end, 6).ToArray()));
    }

    [Theory]
    [InlineData(NetworkGraph.KerasV1)]
    [InlineData(NetworkGraph.TorchvisionV15)]
    public void AStretchFromKeptFeatures_GivesTheBitsOfOneFromThePixels(NetworkGraph graph)
    {
        var table = LayerTable.For(graph);
        var cuts = CutTensors.Of(table);
        var all = Features(table, 0, RunPrecision.Bf16);

        Assert.All(cuts.Where((cut, i) => cut > 0 && i % 3 == 0), start =>
        {
            using var engine = fixture.Create(PrefixEngine.Torch, table, start, [table.Layers.Length], precision: RunPrecision.Bf16);
            using var block = engine.CreateBlock();
            all[start].CopyTo(block.Input);
            block.Evaluate();

            Assert.Equal(all[table.Layers.Length], block.Output(0).ToArray());
        });
    }

    [Fact]
    public void Features_AreRoundedToBfloat16_AndTheirMeansAreNot()
    {
        var table = LayerTable.For(NetworkGraph.KerasV1);
        var features = Features(table, 0, RunPrecision.Bf16);

        Assert.All(features[table["conv4_block6_out"].Index], value => Assert.Equal(0u, BitConverter.SingleToUInt32Bits(value) & 0xffff));
        Assert.Contains(features[table.Layers.Length], value => (BitConverter.SingleToUInt32Bits(value) & 0xffff) != 0);
    }

    [Theory]
    [InlineData(NetworkGraph.KerasV1)]
    [InlineData(NetworkGraph.TorchvisionV15)]
    public void TheyAreNearThoseOfFp32_AndNotThose(NetworkGraph graph)
    {
        var table = LayerTable.For(graph);
        var (whole, half) = (Features(table, 0, RunPrecision.Fp32)[table.Layers.Length], Features(table, 0, RunPrecision.Bf16)[table.Layers.Length]);

        var cosine = whole.Zip(half, (one, other) => (double)one * other).Sum() / Math.Sqrt(whole.Sum(one => (double)one * one) * half.Sum(other => (double)other * other));

        Assert.InRange(cosine, 0.999, 0.9999999);
    }

    private Dictionary<int, float[]> Features(LayerTable table, int start, RunPrecision precision)
    {
        var ends = EngineFixture.AllEnds(table);
        using var engine = fixture.Create(PrefixEngine.Torch, table, start, ends, precision: precision);
        using var block = engine.CreateBlock();
        fixture.Fill(block);
        block.Evaluate();
        return ends.Select((end, i) => (end, Values: block.Output(i).ToArray())).ToDictionary(pair => pair.end, pair => pair.Values);
    }
}
