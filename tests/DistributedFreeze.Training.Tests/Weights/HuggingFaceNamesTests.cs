namespace DistributedFreeze.Training.Weights;

public sealed class HuggingFaceNamesTests
{
    [Theory]
    [InlineData("embedder.embedder.convolution.weight", "conv1_conv.weight")]
    [InlineData("encoder.stages.0.layers.0.layer.2.normalization.running_var", "conv2_block1_3_bn.running_var")] // a bottleneck
    [InlineData("encoder.stages.1.layers.0.layer.1.convolution.weight", "conv3_block1_2_conv.weight")] // a basic block, as in resnet-18 and resnet-34
    [InlineData("encoder.stages.1.layers.0.shortcut.normalization.bias", "conv3_block1_0_bn.bias")]
    [InlineData("encoder.stages.2.layers.22.layer.0.convolution.weight", "conv4_block23_1_conv.weight")] // resnet-101
    public void TryTranslate_KnowsBothKindsOfBlocks(string name, string expected)
    {
        Assert.True(HuggingFaceNames.TryTranslate(name, out var translated));
        Assert.Equal(expected, translated);
    }

    [Theory]
    [InlineData("encoder.stages.4.layers.0.layer.0.convolution.weight")]
    [InlineData("encoder.stages.0.layers.0.layer.3.convolution.weight")]
    [InlineData("classifier.1.weight")]
    public void TryTranslate_LeavesStrangers(string name) => Assert.False(HuggingFaceNames.TryTranslate(name, out _));
}
