using System.Security.Cryptography;
using System.Text;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Masks;

public sealed class FreezeMaskTests
{
    [Fact]
    public void The_hash_is_the_documented_text()
    {
        var text = "KerasV1\n" + string.Concat(MaskOf.Table.Layers.Select(layer => $"{layer.Name} {(layer.Index >= 143 ? 1 : 0)}\n"));

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), MaskOf.Last(32).Hash);
    }

    [Fact]
    public void The_version_changes_neither_hash_nor_equality()
    {
        var mask = MaskOf.Last(10);
        var later = mask with { Version = 2 };

        Assert.Equal(mask.Hash, later.Hash);
        Assert.Equal(mask, later);
        Assert.Equal(mask.GetHashCode(), later.GetHashCode());
        Assert.Equal((1, 2), (mask.Version, later.Version));
    }

    [Fact]
    public void One_flag_without_parameters_makes_another_mask() => Assert.NotEqual(MaskOf.Last(0), MaskOf.Last(1));

    [Fact]
    public void The_graph_is_part_of_the_mask() =>
        Assert.NotEqual(MaskOf.Last(10), new FreezeMask(LayerTable.For(NetworkGraph.TorchvisionV15), MaskOf.Last(10).Trainable));

    [Fact]
    public void The_network_is_part_of_the_mask_though_its_layers_have_the_same_names() => Assert.NotEqual(
        new FreezeMask(LayerTable.For(NetworkGraph.TorchvisionV15), MaskOf.Last(10).Trainable),
        new FreezeMask(LayerTable.For(NetworkGraph.TorchvisionV15, ModelArchitecture.WideResNet50x2), MaskOf.Last(10).Trainable));

    [Fact]
    public void A_mask_rebuilt_from_its_flags_is_the_same() =>
        Assert.Equal(MaskOf.Last(10), new FreezeMask(MaskOf.Table, MaskOf.Last(10).Trainable));

    [Fact]
    public void Open_and_frozen_layers_are_all_106_with_parameters()
    {
        var mask = MaskOf.Named("conv5_*_bn", "conv2_block1_0_conv");

        Assert.Equal(11, mask.TrainableLayers.Length);
        Assert.Equal("conv2_block1_0_conv", mask.TrainableLayers[0]);
        Assert.Equal(106, mask.TrainableLayers.Union(mask.FrozenLayers).Count());
    }

    [Fact]
    public void A_mask_of_another_length_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new FreezeMask(MaskOf.Table, [true, false]));
        Assert.Throws<ArgumentException>(() => new FreezeMask(MaskOf.Table, default));
    }

    [Fact]
    public void Versions_start_at_1() => Assert.Throws<ArgumentOutOfRangeException>(() => MaskOf.Last(10) with { Version = 0 });
}
