using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Training.Weights;

public sealed class TorchvisionNamesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("conv1.weight", "conv1_conv.weight")]
    [InlineData("bn1.running_mean", "conv1_bn.running_mean")]
    [InlineData("layer1.0.conv1.weight", "conv2_block1_1_conv.weight")]
    [InlineData("layer4.2.conv3.weight", "conv5_block3_3_conv.weight")]
    [InlineData("layer3.5.bn2.bias", "conv4_block6_2_bn.bias")]
    [InlineData("layer3.0.downsample.0.weight", "conv4_block1_0_conv.weight")]
    [InlineData("layer2.0.downsample.1.running_var", "conv3_block1_0_bn.running_var")]
    [InlineData("fc.bias", "predictions.bias")]
    [InlineData("layer1.0.bn1.num_batches_tracked", null)]
    public void TryTranslate_KnowsEveryKindOfName(string name, string? expected)
    {
        Assert.True(TorchvisionNames.TryTranslate(name, out var translated));
        Assert.Equal(expected, translated);
    }

    [Fact]
    public void Of_IsTheOtherWayRound()
    {
        Assert.Equal("layer3.0.downsample.1.running_mean", TorchvisionNames.Of("conv4_block1_0_bn.running_mean"));
        Assert.Equal("layer4.2.bn3.num_batches_tracked", TorchvisionNames.Of("conv5_block3_3_bn.num_batches_tracked"));
        Assert.All(
            LayerTable.All.SelectMany(table => table.Layers).SelectMany(layer => layer.Tensors),
            tensor => Assert.True(TorchvisionNames.TryTranslate(TorchvisionNames.Of(tensor.Name), out var back) && back == tensor.Name, tensor.Name));
        Assert.Throws<ArgumentException>(() => TorchvisionNames.Of("predictions.weight"));
    }

    [Theory]
    [InlineData("layer5.0.conv1.weight")]
    [InlineData("layer1.0.conv4.weight")]
    [InlineData("layer1.0.se.weight")]
    [InlineData("head.weight")]
    public void TryTranslate_LeavesStrangers(string name) => Assert.False(TorchvisionNames.TryTranslate(name, out _));

    [Fact]
    public void Open_TranslatesByItself()
    {
        using var file = WeightsFile.Open(Store("conv1.weight", "bn1.num_batches_tracked", "layer1.0.downsample.0.weight", "stranger"));

        Assert.Equal(["conv1_conv.weight", "conv2_block1_0_conv.weight", "stranger"], file.Tensors.Select(info => info.Name));
        Assert.Equal([0f], file.Read("conv1_conv.weight"));
        Assert.Equal([2f], file.Read("conv2_block1_0_conv.weight"));
    }

    [Fact]
    public void Open_LeavesTheProjectsNamesAlone()
    {
        using var file = WeightsFile.Open(Store("conv1_conv.weight", "fc.weight"));

        Assert.Equal(["conv1_conv.weight", "fc.weight"], file.Tensors.Select(info => info.Name));
    }

    [Fact]
    public void Open_RefusesTwoNamesForOneTensor()
    {
        var e = Assert.Throws<InvalidInputException>(() => WeightsFile.Open(Store("conv1.weight", "fc.weight", "predictions.weight")));

        Assert.Contains("predictions.weight twice", e.Message, StringComparison.Ordinal);
    }

    private string Store(params string[] names)
    {
        var path = _folder.In("a.safetensors");
        using var writer = new SafetensorsWriter(path, names.Select(name => new TensorInfo(name, "F32", [1])));
        for (var i = 0; i < names.Length; i++)
        {
            writer.Write(names[i], [(float)i]);
        }

        writer.Commit();
        return path;
    }
}
