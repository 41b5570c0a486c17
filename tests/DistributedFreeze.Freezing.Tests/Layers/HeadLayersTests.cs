using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Freezing.Tests.Layers;

public sealed class HeadLayersTests
{
    [Fact]
    public void Without_hidden_layers_the_classes_read_the_pooled_features()
    {
        var head = HeadLayers.Create(new(), classes: 4, inFeatures: 2048);

        Assert.Equal(8_196, head.Parameters);
        Assert.Equal(8_192, head.MultiplyAdds);
        Assert.Equal(16_384, head.Flops);
    }

    [Fact]
    public void A_hidden_layer_comes_before_the_classes()
    {
        var head = HeadLayers.Create(new() { Hidden = [256] }, classes: 4, inFeatures: 2048);

        Assert.Equal(525_572, head.Parameters);
        Assert.Equal(
            ["head.0.weight 256x2048", "head.0.bias 256", "head.1.weight 4x256", "head.1.bias 4"],
            head.Tensors.Select(tensor => $"{tensor.Name} {string.Join('x', tensor.Shape)}"));
    }

    [Fact]
    public void The_tensors_hold_all_parameters()
    {
        var head = HeadLayers.Create(new() { Hidden = [300, 7] }, classes: 11, inFeatures: 2048);

        Assert.Equal(head.Parameters, head.Tensors.Sum(tensor => tensor.Elements));
    }

    [Fact]
    public void One_class_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => HeadLayers.Create(new(), classes: 1, inFeatures: 2048));

    [Fact]
    public void An_empty_hidden_layer_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => HeadLayers.Create(new() { Hidden = [0] }, classes: 4, inFeatures: 2048));
}
