using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Runs;
using static DistributedFreeze.Training.Features.Engines.FeatureComparison;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>What <see cref="PrefixEngineTests"/> has of a ResNet50, for blocks of two convolutions and for grouped ones.</summary>
[Slow(seconds: 30)]
public sealed class FamilyPrefixTests(EngineFixture networks) : IClassFixture<EngineFixture>
{
    private const double Tolerance = 1e-4;

    [Theory]
    [InlineData(ModelArchitecture.ResNet18, 24)]
    [InlineData(ModelArchitecture.ResNext50x32x4d, 40)]
    public void TheEngines_AgreeAtEveryBoundary(ModelArchitecture architecture, int boundaries)
    {
        var table = LayerTable.For(NetworkGraph.TorchvisionV15, architecture);
        var torch = networks.FromPixels(PrefixEngine.Torch, table);
        var onnx = networks.FromPixels(PrefixEngine.Onnx, table);

        Assert.Equal(boundaries, torch.Count);
        Assert.All(torch, pair => Assert.InRange(Distance(pair.Value, onnx[pair.Key]), 0, Tolerance));
    }

    [Theory]
    [InlineData(PrefixEngine.Onnx, ModelArchitecture.ResNet18)]
    [InlineData(PrefixEngine.Torch, ModelArchitecture.ResNet18)]
    [InlineData(PrefixEngine.Onnx, ModelArchitecture.ResNext50x32x4d)]
    [InlineData(PrefixEngine.Torch, ModelArchitecture.ResNext50x32x4d)]
    public void ContinuingFromTheStoredFeaturesOfABlock_GivesTheBitsOfThePixels(PrefixEngine kind, ModelArchitecture architecture)
    {
        var table = LayerTable.For(NetworkGraph.TorchvisionV15, architecture);
        var fromPixels = networks.FromPixels(kind, table);

        Assert.All(CutTensors.Of(table).Where(cut => PrefixEngines.MayContinueFrom(kind, table, cut)), start =>
        {
            var ends = EngineFixture.AllEnds(table).RemoveAll(end => end < start);
            using var engine = networks.Create(kind, table, start, ends);
            using var block = engine.CreateBlock();
            fromPixels[start].CopyTo(block.Input);
            block.Evaluate();
            Assert.All(ends, (end, i) => AssertSameBits(fromPixels[end], block.Output(i).Span));
        });
    }

    [Theory]
    [InlineData(PrefixEngine.Onnx)]
    [InlineData(PrefixEngine.Torch)]
    public void AnImagesBits_DependNeitherOnItsPlaceNorOnItsNeighbours(PrefixEngine kind)
    {
        var table = LayerTable.For(NetworkGraph.TorchvisionV15, ModelArchitecture.ResNext50x32x4d);
        var ends = EngineFixture.AllEnds(table);
        using var engine = networks.Create(kind, table, 0, ends);
        using var together = engine.CreateBlock();
        networks.Fill(together);
        together.Evaluate();
        using var alone = engine.CreateBlock();
        networks.Images[5].CopyTo(alone.InputOf(0));
        alone.Evaluate();

        Assert.All(ends, (_, i) => AssertSameBits(together.OutputOf(i, 5), alone.OutputOf(i, 0)));
    }
}
