using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Steps;

public sealed class LearningRateTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(39)]
    public void AConstantRate_IsThePeakThroughout(long step) => Assert.Equal(1, LearningRate.Factor(new(), step, stepsPerEpoch: 10, epochs: 4));

    [Theory]
    [InlineData(0, 0.2)]
    [InlineData(1, 0.4)]
    [InlineData(4, 1)]
    [InlineData(5, 1)]
    public void AWarmUp_RisesInAStraightLineToThePeak(long step, double expected) =>
        Assert.Equal(expected, LearningRate.Factor(new() { WarmupEpochs = 0.5 }, step, stepsPerEpoch: 10, epochs: 4), precision: 12);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(10, 0.85355339059327)]
    [InlineData(20, 0.5)]
    [InlineData(30, 0.14644660940673)]
    [InlineData(39, 0.00154133313343)]
    public void ACosine_FallsFromThePeakToNearZeroAtTheLastStep(long step, double expected) =>
        Assert.Equal(expected, LearningRate.Factor(new() { Kind = ScheduleKind.Cosine }, step, stepsPerEpoch: 10, epochs: 4), precision: 12);

    [Theory]
    [InlineData(9, 1)]
    [InlineData(10, 1)]
    [InlineData(20, 0.75)]
    [InlineData(25, 0.5)]
    public void ACosineAfterAWarmUp_FallsOverWhatIsLeft(long step, double expected) => Assert.Equal(
        expected,
        LearningRate.Factor(new() { Kind = ScheduleKind.Cosine, WarmupEpochs = 1 }, step, stepsPerEpoch: 10, epochs: 4),
        precision: 12);

    [Theory]
    [InlineData(0, 1, 0.02)]
    [InlineData(0, 5, 0.1)]
    [InlineData(3, 10, 0.1)]
    public void TheLastStepsRate_IsThatOfTheStepBeforeTheNext(int epoch, int step, double expected)
    {
        var phase = new PhaseSpec { Epochs = 4, Optimizer = new() { LearningRate = 0.1 }, Schedule = new() { WarmupEpochs = 0.5 } };

        Assert.Equal(expected, LearningRate.OfLast(new() { Epoch = epoch, Step = step }, phase, stepsPerEpoch: 10), precision: 12);
    }

    [Fact]
    public void AWarmUpOverTheWholePhase_EndsAtThePeak() =>
        Assert.Equal(1, LearningRate.Factor(new() { Kind = ScheduleKind.Cosine, WarmupEpochs = 4 }, 39, stepsPerEpoch: 10, epochs: 4));
}
