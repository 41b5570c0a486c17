using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Data;

public sealed class ClassWeightsTests
{
    /// <summary>compute_class_weight("balanced", classes=[0, 1, 2], y=[0] * 6 + [1] * 3 + [2] * 3) of scikit-learn: n_samples / (n_classes * bincount).</summary>
    [Fact]
    public void BalancedClasses_CountTheSame_AndTheMeanImage1()
    {
        var weights = ClassWeights.Of(ClassWeighting.Balanced, [6, 3, 3]);

        Assert.Equal([12 / 18f, 12 / 9f, 12 / 9f], weights!);
    }

    [Fact]
    public void AClassWithoutImages_TakesNothingFromTheOthers() => Assert.Equal([1, 1, 1f], ClassWeights.Of(ClassWeighting.Balanced, [4, 0, 4])!);

    [Fact]
    public void WithoutWeights_ThereIsNothingToMultiply() => Assert.Null(ClassWeights.Of(ClassWeighting.None, [6, 3]));
}
