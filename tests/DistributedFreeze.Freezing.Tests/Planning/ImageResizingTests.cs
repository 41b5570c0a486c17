using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Planning;

public sealed class ImageResizingTests
{
    /// <summary>torchvision: <c>ResNet50_Weights.IMAGENET1K_V1</c> has 256 for 224, <c>Inception_V3_Weights</c> 342 for 299.</summary>
    [Theory]
    [InlineData(224, 256)]
    [InlineData(299, 342)]
    [InlineData(32, 37)]
    [InlineData(1024, 1170)]
    [InlineData(1, 1)]
    public void The_shorter_side_grows_with_the_image_size(int size, int expected) => Assert.Equal(expected, ImageResizing.ShorterSide(size));

    [Fact]
    public void Every_mode_is_described() =>
        Assert.Equal(3, Enum.GetValues<ResizeMode>().Select(mode => ImageResizing.Describe(mode, 224)).Distinct().Count());
}
