using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Policies;

public sealed class LayerRatesTests
{
    private static readonly LayerTable Table = LayerTable.For(NetworkGraph.KerasV1);

    [Theory]
    [InlineData("conv5_*=0.1")]
    [InlineData("conv5_block3_3_bn=2,conv5_block3_?_conv=0.5")]
    public void GlobsOfLayersThatTrain_AreFine(string rates) => Assert.Empty(Problems(rates));

    [Theory]
    [InlineData("conv4_*=0.1", "glob 'conv4_*' matches no layer with parameters that trains in this phase")]
    [InlineData("conv5_block3_out=0.1", "glob 'conv5_block3_out' matches no layer with parameters that trains in this phase")]
    [InlineData("conv5_blok3_3_bn=0.1", "glob 'conv5_blok3_3_bn' matches no layer; did you mean conv5_block3_3_bn, conv5_block1_3_bn, conv5_block2_3_bn?")]
    [InlineData("conv5_*=0.1,*_bn=1", "names conv5_block3_1_bn twice, by '*_bn' and 'conv5_*', but a layer has one rate")]
    public void AnotherGlob_IsRefusedByName(string rates, string problem) => Assert.Equal([problem], Problems(rates));

    [Fact]
    public void MoreGlobsThanThereAreLayers_AreRefused() => Assert.Equal(
        ["must have at most 200 globs, got 201"],
        LayerRates.Check(NamedNumbers.Of(Enumerable.Range(0, 201).ToDictionary(i => $"*{i}", _ => 1.0)), Mask(), "rates").Select(problem => problem.Message));

    private static IEnumerable<string> Problems(string rates)
    {
        var numbers = rates.Split(',').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => double.Parse(pair[1], System.Globalization.CultureInfo.InvariantCulture));
        return LayerRates.Check(NamedNumbers.Of(numbers), Mask(), "rates").Select(problem => problem.Message);
    }

    private static FreezeMask Mask() => FreezePolicyResolver.Resolve(new FreezePolicy.LastLayers(10), Table, "freeze");
}
