using DistributedFreeze.Training.Checks;

namespace DistributedFreeze.Training.Tests.Checks;

/// <summary>Which labels are suspected.</summary>
public sealed class ConfidentLearningTests
{
    [Fact]
    public void AnImageIsSuspected_WhereAnotherClassIsAsLikelyAsForItsOwnImages()
    {
        // Means of class 0 over its images: (.9 + .8 + .1) / 3 = .6; of class 1: (.7 + .3) / 2 = .5.
        double[][] probabilities = [[.9, .1], [.8, .2], [.1, .9], [.3, .7], [.7, .3]];

        var suspects = ConfidentLearning.Find(probabilities, [0, 0, 0, 1, 1]);

        Assert.Equal([(2, 1), (4, 0)], suspects);
    }

    [Fact]
    public void AnImageOfWhichNothingIsBelieved_IsNotSuspected()
    {
        // Means: class 0 (.9 + .45) / 2 = .675, class 1 .9. The second image leans to class 1, less than any image of it does.
        Assert.Empty(ConfidentLearning.Find([[.9, .1], [.45, .55], [.1, .9]], [0, 0, 1]));
    }

    [Fact]
    public void AClassOfWhichAllAreUnsure_IsBelievedSooner()
    {
        // Class 2 is rare, and nobody gives it more than .4: mean .4. The image of class 0 that gets .45 for it is suspected though class 0 gets .46.
        double[][] probabilities = [[.9, .05, .05], [.46, .09, .45], [.05, .9, .05], [.3, .3, .4]];

        Assert.Equal([(1, 2)], ConfidentLearning.Find(probabilities, [0, 0, 1, 2]));
    }

    [Fact]
    public void AClassWithoutImages_IsNeverBelieved() => Assert.Empty(ConfidentLearning.Find([[.9, .05, .05], [.05, .05, .9]], [0, 1]));

    [Fact]
    public void OfNoImages_NoneIsSuspected() => Assert.Empty(ConfidentLearning.Find([], []));
}
