using System.Collections.Immutable;
using DistributedFreeze.Grains.Epochs;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Epochs;

public sealed class BestEpochTests
{
    private readonly BestEpoch _best = new();

    [Fact]
    public void BeforeTheFirstEpoch_NoneIsTheBest() => Assert.Null(_best.Of([]));

    [Fact]
    public void TheFirstOfTheLowestValidationLosses_IsTheBest()
    {
        Assert.Equal(2, _best.Of(Epochs(5, 4, 3, 3, 6))!.Epoch);
        Assert.Equal(2, _best.Of(Epochs(5, 4, 3, 3, 6, 7))!.Epoch);
        Assert.Equal(6, _best.Of(Epochs(5, 4, 3, 3, 6, 7, 2))!.Epoch);
    }

    [Fact]
    public void WhereNothingIsValidated_TheTrainingLossCounts() =>
        Assert.Equal(1, _best.Of([.. Epochs(3, 2).Select(epoch => epoch with { ValidationLoss = null, TrainLoss = -epoch.Epoch })])!.Epoch);

    [Fact]
    public void ARunThatIsSetBack_HasItsBestAmongThoseThatAreLeft()
    {
        Assert.Equal(2, _best.Of(Epochs(5, 4, 1))!.Epoch);

        Assert.Equal(1, _best.Of(Epochs(5, 4))!.Epoch);
        Assert.Equal(1, _best.Of(Epochs(5, 4, 6, 7))!.Epoch);
    }

    private static ImmutableArray<EpochResult> Epochs(params double[] losses) => [.. losses.Select((loss, i) => new EpochResult
    {
        Phase = 0,
        Epoch = i,
        TrainLoss = 0,
        TrainAccuracy = 0,
        ValidationLoss = loss,
        Seconds = 1,
        ImagesPerSecond = 1,
    })];
}
