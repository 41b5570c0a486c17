using DistributedFreeze.Training.Advice;
using DistributedFreeze.Training.Checks;

namespace DistributedFreeze.Training.Tests.Checks;

/// <summary>What classifiers think of images that they have not seen.</summary>
public sealed class HeldOutProbabilitiesTests
{
    private const int Width = 16;

    [Fact]
    public void LabelsThatWereMoved_AreFound()
    {
        var images = LabelledImages.Of(40, 40, 40);
        var features = Features(images.Select(image => image.Class));
        int[] moved = [3, 50, 99];
        var labelled = images.Select((image, i) => moved.Contains(i) ? image with { Class = (image.Class + 1) % 3 } : image).ToList();

        var probabilities = new HeldOutProbabilities(features, labelled, 3, seed: 0).Run(threads: 2, () => { }, TestContext.Current.CancellationToken);

        Assert.Equal(
            moved.Select(i => (i, images[i].Class)),
            ConfidentLearning.Find(probabilities, [.. labelled.Select(image => image.Class)]).OrderBy(suspect => suspect.Image));
        Assert.All(probabilities, image => Assert.Equal(1, image.Sum(), 12));
    }

    [Fact]
    public void TheNumberOfThreads_ChangesNothing()
    {
        var images = LabelledImages.Of(15, 15);
        var features = Features(images.Select(image => image.Class));
        var judges = new HeldOutProbabilities(features, images, 2, seed: 7);

        Assert.Equal(
            judges.Run(1, () => { }, TestContext.Current.CancellationToken).SelectMany(image => image),
            judges.Run(5, () => { }, TestContext.Current.CancellationToken).SelectMany(image => image));
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(4, false)]
    public void FewerThanFiveImagesPerClass_TellNothing(int perClass, bool canTell)
    {
        var images = LabelledImages.Of(perClass, perClass);

        Assert.Equal(canTell, new HeldOutProbabilities(Features(images.Select(image => image.Class)), images, 2, seed: 0).CanTell);
    }

    /// <summary>A direction for each class, and noise.</summary>
    private static List<float[]> Features(IEnumerable<int> classes)
    {
        var random = new Random(1);
        return [.. classes.Select(@class => Enumerable.Range(0, Width).Select(i => (float)((i % 3 == @class ? 1.5 : 0) + random.NextDouble())).ToArray())];
    }
}
