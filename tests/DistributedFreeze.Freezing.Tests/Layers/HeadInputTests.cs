using System.Collections.Immutable;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Layers;

/// <summary>Networks whose heads read other layers than the last.</summary>
public sealed class HeadInputTests
{
    private static readonly LayerTable Whole = LayerTable.For(NetworkGraph.KerasV1);

    [Fact]
    public void TheHead_ReadsTheNamedLayersInTheNetworksOrder_AndWhatComesAfterThemIsLeftOut()
    {
        var table = Table("conv4_block6_out", "pool1_pool", "conv3_block4_out");

        Assert.Equal(["pool1_pool", "conv3_block4_out", "conv4_block6_out"], table.HeadInputs.Select(layer => layer.Name));
        Assert.Equal(64 + 512 + 1_024, table.PooledFeatures);
        Assert.Equal("conv4_block6_out", table.Layers[^1].Name);
        Assert.Equal(Whole.Layers.Take(table.Layers.Length), table.Layers);
        Assert.Same(Whole, table.Whole);
        Assert.Equal(8_589_184, table.Parameters); // Keras's ResNet50 up to conv4_block6_out: model.count_params()
    }

    [Fact]
    public void TheLastLayer_IsWhatEveryHeadReadsThatNamesNone()
    {
        Assert.Same(Whole, Table());
        Assert.Same(Whole, Table("conv5_block3_out"));
        Assert.Same(Whole, Whole.Whole);
        Assert.Equal("conv5_block3_out", Assert.Single(Whole.HeadInputs).Name);
    }

    /// <summary>Whatever the names' order, and for every network that there is.</summary>
    [Fact]
    public void Ordered_IsTheNetworksOrder_AndNothingForTheLastLayerAlone() => Assert.All(LayerTable.All, table =>
    {
        var names = table.BlockEnds.Select(layer => layer.Name).ToImmutableArray();
        ModelSpec Model(params ImmutableArray<string> inputs) => new() { Graph = table.Graph, Architecture = table.Architecture.Architecture, Head = new() { Inputs = inputs } };

        Assert.Equal(names, HeadInputs.Ordered(Model([.. names.Reverse()])).Head.Inputs!.Value);
        Assert.Equal(names, HeadInputs.Ordered(Model([.. names.Order(StringComparer.Ordinal)])).Head.Inputs!.Value);
        Assert.Equal((null, table.Architecture.Architecture), (HeadInputs.Ordered(Model(names[^1])).Head.Inputs, HeadInputs.Ordered(Model(names[^1])).Architecture));
        Assert.Equal([names[^2]], HeadInputs.Ordered(Model(names[^2])).Head.Inputs!.Value);
        Assert.Equal([names[^2], names[^1]], HeadInputs.Ordered(Model(names[^1], names[^2])).Head.Inputs!.Value);
    });

    [Fact]
    public void Ordered_LeavesAloneWhatIsInOrder_OrWhatIsNoInputOfAResNet()
    {
        Assert.All(
            (ModelSpec[])
            [
                new(), new() { Head = new() { Inputs = ["conv3_block4_out", "conv4_block6_out"] } }, new() { Head = new() { Inputs = ["b", null!, "a"] } },
                new() { Head = null! }, new() { Base = "model.onnx", Head = new() { Inputs = ["b", "a"] } },
            ],
            model => Assert.Same(model, HeadInputs.Ordered(model)));
    }

    /// <summary>Features of other inputs are other features: nothing kept of one is another's.</summary>
    [Fact]
    public void TheName_InKeysAndMasks_IsThatOfItsInputs()
    {
        LayerTable[] tables = [Whole, Table("conv4_block6_out"), Table("conv4_block6_out", "conv5_block3_out"), Table("conv3_block4_out", "conv4_block6_out"), LayerTable.For(new ModelSpec { Graph = NetworkGraph.TorchvisionV15, Head = new() { Inputs = ["conv4_block6_out"] } })];

        Assert.Equal(tables.Length, tables.Select(table => table.StableName).Distinct().Count());
        Assert.Equal("KerasV1 to conv4_block6_out+conv5_block3_out", tables[2].StableName);
        Assert.Equal(tables[2].StableName, Table("conv5_block3_out", "conv4_block6_out").StableName);
    }

    /// <summary>What follows the first input does not determine the features alone.</summary>
    [Fact]
    public void TheGraph_CanBeCutUpToTheFirstInputAlone()
    {
        var (two, one) = (Table("conv3_block4_out", "conv5_block3_out"), Table("conv4_block6_out"));

        Assert.Equal(CutTensors.Of(Whole).Where(cut => cut <= two.HeadInputs[0].Index), CutTensors.Of(two));
        Assert.Equal(CutTensors.Of(Whole).Where(cut => cut <= one.HeadInputs[0].Index), CutTensors.Of(one));
    }

    [Fact]
    public void ThePlan_CountsWhatIsLeft()
    {
        var spec = new RunSpec { Data = new() { Path = "x" }, Model = new() { Head = new() { Inputs = ["conv3_block4_out", "conv4_block6_out"] } }, Phases = [new()], Output = "y" };

        var (plan, whole) = (RunPlan.Of(spec, 4).Phases[0], RunPlan.Of(spec with { Model = new() }, 4).Phases[0]);

        Assert.Equal(((512 + 1_024) * 4) + 4, plan.Parameters.Trainable);
        Assert.Equal(512 + 1_024, plan.FeatureElements);
        Assert.Equal(8_589_184 + plan.Parameters.Trainable, plan.Parameters.Total);
        Assert.Equal(Whole.MultiplyAddsAt(224).Take(Whole["conv4_block6_out"].Index + 1).Sum(), plan.PrefixMultiplyAdds);
        Assert.True(plan.PrefixMultiplyAdds < whole.PrefixMultiplyAdds);
        Assert.Equal([plan.FeatureElements], plan.Rows.Single(row => row.Name == Boundary.PooledName).OutputShape.Select(size => (long)size));
    }

    private static LayerTable Table(params string[] inputs) => LayerTable.For(new ModelSpec { Head = new() { Inputs = [.. inputs] } });
}
