using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data;

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
    public void AClassThatIsNotNamed_Counts1() =>
        Assert.Equal([1, 2, 0.5f], ClassWeights.Of(NamedNumbers.Of(new() { ["tulip"] = 0.5, ["rose"] = 2 }), ["daisy", "rose", "tulip"]));

    [Fact]
    public void AClassThatIsNotThere_IsRefusedByNameWithWhatThereIs()
    {
        var refused = Assert.Throws<InvalidInputException>(() => ClassWeights.Of(NamedNumbers.Of(new() { ["oak"] = 1, ["rosse"] = 2 }), ["daisy", "rose", "tulip"]));

        Assert.Equal(
            ["class_weights: unknown class 'oak'; the classes are daisy, rose, tulip", "class_weights: unknown class 'rosse'; did you mean rose?"],
            refused.Problems.Select(problem => $"{problem.Field}: {problem.Message}"));
    }

    [Fact]
    public void WithoutWeights_ThereIsNothingToMultiply() => Assert.Null(ClassWeights.Of(ClassWeighting.None, [6, 3]));
}
