namespace DistributedFreeze.Training.Advice;

public sealed class FoldsTests
{
    [Fact]
    public void EveryFold_HasItsShareOfEveryClass()
    {
        var images = LabelledImages.Of(10, 20, 7);

        var folds = Folds.Of(images, 5, seed: 3);

        Assert.All(Enumerable.Range(0, 5), fold =>
        {
            int[] counts = [.. Enumerable.Range(0, 3).Select(@class => images.Count(image => image.Class == @class && folds[image.Index] == fold))];
            Assert.Equal((2, 4), (counts[0], counts[1]));
            Assert.InRange(counts[2], 1, 2);
        });
    }

    [Fact]
    public void AnImagesFold_FollowsFromSeedAndContent_NotFromItsName()
    {
        var images = LabelledImages.Of(30);
        var renamed = images.Select(image => image with { Path = $"train/0/{29 - image.Index}.jpg" }).ToList();

        Assert.Equal(Folds.Of(images, 5, seed: 3), Folds.Of(renamed, 5, seed: 3));
        Assert.NotEqual(Folds.Of(images, 5, seed: 3), Folds.Of(images, 5, seed: 4));
    }

    [Fact]
    public void CopiesOfAnImage_FallIntoOneFold()
    {
        var images = Enumerable.Range(0, 40).Select(i => LabelledImages.Image(i, 0, $"content {i / 4}")).ToList();

        var folds = Folds.Of(images, 3, seed: 0);

        Assert.All(images.GroupBy(image => image.Hash), copies => Assert.Single(copies.Select(copy => folds[copy.Index]).Distinct()));
        Assert.Equal(3, folds.Distinct().Count());
    }

    [Fact]
    public void ADraw_TakesNoMoreThanAsked_AndOfEveryClass()
    {
        var images = LabelledImages.Of(100, 50);

        var drawn = Folds.Draw(images, 40, seed: 1);

        Assert.InRange(drawn.Count(one => one), 30, 40);
        Assert.InRange(images.Count(image => image.Class == 1 && drawn[image.Index]), 10, 15);
        Assert.All(Folds.Draw(images, 150, seed: 1), Assert.True);
    }
}
