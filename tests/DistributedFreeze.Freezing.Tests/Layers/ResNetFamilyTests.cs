using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Layers;

/// <summary>The networks of the family against what their publishers say of them.</summary>
public sealed class ResNetFamilyTests
{
    /// <summary>Parameters as torchvision's documentation lists them (ResNet18_Weights and so on, <c>num_params</c>): with a classifier of 1,000, without statistics.</summary>
    public static TheoryData<ModelArchitecture, long> Torchvision => new()
    {
        { ModelArchitecture.ResNet18, 11_689_512 },
        { ModelArchitecture.ResNet34, 21_797_672 },
        { ModelArchitecture.ResNet50, 25_557_032 },
        { ModelArchitecture.ResNet101, 44_549_160 },
        { ModelArchitecture.ResNet152, 60_192_808 },
        { ModelArchitecture.WideResNet50x2, 68_883_240 },
        { ModelArchitecture.ResNext50x32x4d, 25_028_904 },
    };

    [Theory]
    [MemberData(nameof(Torchvision))]
    public void A_network_has_as_many_parameters_as_torchvision_says(ModelArchitecture architecture, long published)
    {
        var table = LayerTable.For(NetworkGraph.TorchvisionV15, architecture);

        Assert.Equal(published, table.TrainableParameters + HeadLayers.Create(new(), classes: 1000, table.PooledFeatures).Parameters);
    }

    [Theory] // keras.applications.ResNet101(include_top=False).count_params(), and len(model.layers)
    [InlineData(ModelArchitecture.ResNet50, 23_587_712, 175)]
    [InlineData(ModelArchitecture.ResNet101, 42_658_176, 345)]
    [InlineData(ModelArchitecture.ResNet152, 58_370_944, 515)]
    public void A_base_has_as_many_parameters_and_layers_as_Keras_says(ModelArchitecture architecture, long parameters, int layers)
    {
        var table = LayerTable.For(NetworkGraph.KerasV1, architecture);

        Assert.Equal((parameters, layers), (table.Parameters, table.Layers.Length));
    }

    [Theory] // multiply-adds at 224 of the convolutions and the classifier, as torchvision's documentation lists GFLOPS
    [InlineData(ModelArchitecture.ResNet18, 1.81)]
    [InlineData(ModelArchitecture.ResNet34, 3.66)]
    [InlineData(ModelArchitecture.ResNet50, 4.09)]
    [InlineData(ModelArchitecture.ResNet101, 7.80)]
    [InlineData(ModelArchitecture.ResNet152, 11.51)]
    [InlineData(ModelArchitecture.WideResNet50x2, 11.40)]
    [InlineData(ModelArchitecture.ResNext50x32x4d, 4.23)]
    public void A_network_multiplies_as_often_as_torchvision_says(ModelArchitecture architecture, double giga)
    {
        var table = LayerTable.For(NetworkGraph.TorchvisionV15, architecture);

        Assert.Equal(giga, (table.MultiplyAddsAt(224).Sum() + HeadLayers.Create(new(), classes: 1000, table.PooledFeatures).MultiplyAdds) / 1e9, 0.011);
    }

    [Fact]
    public void Keras_has_no_other_network() => Assert.All(
        Enum.GetValues<ModelArchitecture>().Except(GraphConvention.Of(NetworkGraph.KerasV1).Architectures),
        architecture => Assert.Throws<ArgumentException>(() => LayerTable.For(NetworkGraph.KerasV1, architecture)));

    [Fact]
    public void All_tables_are_the_ones_that_there_are() => Assert.Equal(
        Enum.GetValues<NetworkGraph>().SelectMany(graph => GraphConvention.Of(graph).Architectures.Order(), (graph, architecture) => LayerTable.For(graph, architecture)),
        LayerTable.All);

    [Fact]
    public void A_ResNet18_lists_its_blocks_as_Keras_would()
    {
        var table = LayerTable.For(NetworkGraph.TorchvisionV15, ModelArchitecture.ResNet18);

        Assert.Equal(
            ["conv2_block1_1_conv", "conv2_block1_1_bn", "conv2_block1_1_relu", "conv2_block1_2_conv", "conv2_block1_2_bn", "conv2_block1_add", "conv2_block1_out"],
            table.Layers.Where(layer => layer.Block == "conv2_block1").Select(layer => layer.Name));
        Assert.Equal(
            [
                "conv3_block1_1_conv", "conv3_block1_1_bn", "conv3_block1_1_relu", "conv3_block1_0_conv", "conv3_block1_2_conv", "conv3_block1_0_bn",
                "conv3_block1_2_bn", "conv3_block1_add", "conv3_block1_out",
            ],
            table.Layers.Where(layer => layer.Block == "conv3_block1").Select(layer => layer.Name));
        Assert.Equal((2, 1), (table["conv3_block1_1_conv"].Convolution!.Stride, table["conv3_block1_2_conv"].Convolution!.Stride));
    }

    [Fact]
    public void Every_block_ends_with_a_cut_and_one_branch_ends_in_each() => Assert.All(LayerTable.All, table =>
    {
        var blocks = table.Architecture.BlocksPerStage.Sum();

        Assert.Equal(blocks + 1, table.BlockEnds.Length);
        Assert.All(table.BlockEnds, layer => Assert.Contains(layer.Index, CutTensors.Of(table)));
        Assert.Equal(7 + (2 * blocks), CutTensors.Of(table).Length);
        Assert.Equal(blocks, table.Layers.SelectMany(layer => layer.Tensors).Count(tensor => tensor.EndsBranch));
    });

    [Fact]
    public void Every_network_has_a_stable_name_of_its_own()
    {
        Assert.Distinct(LayerTable.All.Select(table => table.StableName));
        Assert.Equal("TorchvisionV15", LayerTable.For(NetworkGraph.TorchvisionV15).StableName);
        Assert.Equal("ResNet101 KerasV1", LayerTable.For(NetworkGraph.KerasV1, ModelArchitecture.ResNet101).StableName);
    }

    [Fact]
    public void Grouped_convolutions_store_a_part_of_their_channels() => Assert.Equal(
        [256, 8, 3, 3],
        LayerTable.For(NetworkGraph.TorchvisionV15, ModelArchitecture.ResNext50x32x4d)["conv3_block1_2_conv"].Tensors[0].Shape.AsEnumerable());
}
