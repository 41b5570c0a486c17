using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Positions;

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

    // /usr/bin/python3 (PyTorch 1.13), the rate before each step of an SGD whose peak is 1:
    // torch.optim.lr_scheduler.OneCycleLR(sgd, 1.0, total_steps=40, cycle_momentum=False), then with pct_start=0.5, then with total_steps=3.
    [Theory]
    [InlineData(0, 4, 0, 0.040000000000000036)]
    [InlineData(0, 4, 5, 0.45168887762882304)]
    [InlineData(0, 4, 11, 1)]
    [InlineData(0, 4, 12, 0.9968561175222016)]
    [InlineData(0, 4, 25, 0.500002)]
    [InlineData(0, 4, 39, 4e-06)]
    [InlineData(2, 4, 0, 0.040000000000000036)]
    [InlineData(2, 4, 10, 0.5596380858267195)]
    [InlineData(2, 4, 19, 1)]
    [InlineData(2, 4, 20, 0.9938441949208877)]
    [InlineData(2, 4, 39, 4e-06)]
    public void OneCycle_IsTorchs(double warmup, int epochs, long step, double expected) => Assert.Equal(
        expected, LearningRate.Factor(new() { Kind = ScheduleKind.OneCycle, WarmupEpochs = warmup }, step, stepsPerEpoch: 10, epochs), precision: 12);

    [Theory]
    [InlineData(0, 0.9944154354509117)]
    [InlineData(1, 0.46263710266697505)]
    [InlineData(2, 4e-06)]
    public void OneCycleOfFewSteps_IsTorchs(long step, double expected) =>
        Assert.Equal(expected, LearningRate.Factor(new() { Kind = ScheduleKind.OneCycle }, step, stepsPerEpoch: 1, epochs: 3), precision: 12);

    [Theory]
    [InlineData(0, 0, 1)] // one step of a rise, which ends where it begins: PyTorch divides by nothing there
    [InlineData(4, 39, 1)] // a rise over the whole phase
    public void OneCycle_IsAtItsPeakWhereItsRiseEnds(double warmup, long step, double expected) => Assert.Equal(
        expected,
        LearningRate.Factor(new() { Kind = ScheduleKind.OneCycle, WarmupEpochs = warmup == 0 ? 0.1 : warmup }, step, stepsPerEpoch: 10, epochs: 4),
        precision: 12);

    // Likewise, one step an epoch: StepLR(sgd, 3), then StepLR(sgd, 2, gamma=0.5).
    [Theory]
    [InlineData(null, 0.1, 10, 9, 1)] // a third of 10, rounded up, is 4
    [InlineData(null, 0.1, 10, 49, 0.1)]
    [InlineData(3, 0.1, 10, 29, 1)]
    [InlineData(3, 0.1, 10, 30, 0.1)]
    [InlineData(3, 0.1, 10, 60, 0.010000000000000002)]
    [InlineData(3, 0.1, 10, 99, 0.0010000000000000002)]
    [InlineData(2, 0.5, 10, 85, 0.0625)]
    public void Step_IsTorchs(int? stepEpochs, double gamma, int epochs, long step, double expected) => Assert.Equal(
        expected, LearningRate.Factor(new() { Kind = ScheduleKind.Step, StepEpochs = stepEpochs, Gamma = gamma }, step, stepsPerEpoch: 10, epochs), precision: 12);

    // By the rule of Keras's ReduceLROnPlateau(factor=0.1, patience=2, min_delta=0): how often on_epoch_end has lowered the rate before each epoch.
    [Theory]
    [InlineData(new[] { 1, 2, 3, 4, 5, 6.0 }, new[] { 0, 0, 0, 1, 1, 2 })]
    [InlineData(new[] { 3, 2, 2, 1, 1, 1.0, 0 }, new[] { 0, 0, 0, 0, 0, 0, 1 })]
    [InlineData(new[] { 3, 4, 5, 2, 3, 3.0, 3 }, new[] { 0, 0, 0, 1, 1, 1, 2 })]
    [InlineData(new[] { 3, 4, 2, 4, 1.0 }, new[] { 0, 0, 0, 0, 0 })]
    public void Plateau_FollowsKeras(double[] losses, int[] reductions)
    {
        var phase = new PhaseSpec { Epochs = 10, Optimizer = new() { LearningRate = 0.5 }, Schedule = new() { Kind = ScheduleKind.Plateau, Patience = 2 } };
        var progress = new RunProgress { Samples = 1 };
        foreach (var (epoch, loss) in losses.Index())
        {
            Assert.Equal(reductions[epoch], progress.RateReductions);
            Assert.Equal(0.5 * Math.Pow(0.1, reductions[epoch]), LearningRate.OfLast(progress with { Step = 3 }, phase, stepsPerEpoch: 10), precision: 12);
            progress = RunCursor.AfterEpoch(progress, new() { Phase = 0, Epoch = epoch, TrainLoss = 1, TrainAccuracy = 0, ValidationLoss = loss, Seconds = 0, ImagesPerSecond = 0 }, phase);
        }

        Assert.Equal(0, RunCursor.AfterPhase(RunCursor.AfterLastEpoch(progress)).RateReductions);
    }

    [Fact]
    public void Plateau_HoldsTheRate_WhereNoEpochIsValidated() => Assert.Equal(2, LearningRate.ReductionsAfter(2, epoch: 9, best: null, new() { Kind = ScheduleKind.Plateau, Patience = 1 }));

    [Theory]
    [InlineData(4, 0.5)]
    [InlineData(10, 1)]
    [InlineData(20, 0.1)]
    public void AStepAfterAWarmUp_CountsFromThePhasesBegin(long step, double expected) => Assert.Equal(
        expected, LearningRate.Factor(new() { Kind = ScheduleKind.Step, StepEpochs = 2, WarmupEpochs = 1 }, step, stepsPerEpoch: 10, epochs: 4), precision: 12);

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
