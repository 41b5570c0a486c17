using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination;

public sealed class RunPaceTests
{
    private readonly ManualClock _time = new();

    [Fact]
    public void TheFirstWindow_IsOneStep() => Assert.Equal(1, Pace().NextWindow(left: 100));

    [Theory]
    [InlineData(4, 2, 100, 2)]
    [InlineData(4, 0.02, 100, 100)]
    [InlineData(4, 0.02, 500, 200)]
    [InlineData(1, 7, 100, 1)]
    [InlineData(1, 0, 100, 100)]
    public void LaterWindows_AreAboutASecondOfTheLastOnesSteps(int steps, double seconds, int left, int expected)
    {
        var pace = Pace();

        Window(pace, steps, seconds, images: 8);

        Assert.Equal(expected, pace.NextWindow(left));
    }

    [Fact]
    public void AShortWindow_IsAQuarterOfThat_AndAtLeastOneStep()
    {
        var pace = Pace();
        Window(pace, steps: 4, seconds: 0.2, images: 8);

        Assert.Equal(20, pace.NextWindow(left: 100));
        Assert.Equal(5, pace.NextWindow(left: 100, isShort: true));
        Assert.Equal(3, pace.NextWindow(left: 3, isShort: true));

        Window(pace, steps: 1, seconds: 2, images: 8);
        Assert.Equal(1, pace.NextWindow(left: 100, isShort: true));
    }

    [Fact]
    public void RatesCountTheWindowsAndTheEpochAll()
    {
        var pace = Pace();
        pace.BeginEpoch(new());

        Window(pace, steps: 1, seconds: 2, images: 30);
        Window(pace, steps: 1, seconds: 1, images: 60);
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(60, pace.ImagesPerSecond, precision: 9);
        Assert.Equal(30, pace.EpochImagesPerSecond, precision: 9);
        Assert.Equal(8, pace.EpochSeconds, precision: 9);
    }

    [Fact]
    public void TheTimeThatIsLeft_FollowsTheCostThatIsLeft()
    {
        // An epoch of phase 1 costs 10, of phase 2 40: together 2 * 10 + 1 * 40.
        var pace = new RunPace(_time, [new(Epochs: 2, Train: 8, Validation: 2), new(Epochs: 1, Train: 30, Validation: 10)]);

        Assert.Null(pace.Remaining(phase: 0, epoch: 0, part: 0));
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(TimeSpan.FromSeconds(50), pace.Remaining(phase: 0, epoch: 1, part: 0));
        Assert.Equal(TimeSpan.FromSeconds(10), pace.Remaining(phase: 1, epoch: 0, part: 1 / 3.0));
    }

    [Fact]
    public void TheTimeThatIsLeftOfAResumedRun_CountsFromWhereItWentOn()
    {
        var pace = new RunPace(_time, [new(Epochs: 10, Train: 1, Validation: 0)]);

        Assert.Null(pace.Remaining(phase: 0, epoch: 8, part: 0));
        _time.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal(TimeSpan.FromSeconds(4), pace.Remaining(phase: 0, epoch: 9, part: 0));
    }

    [Fact]
    public void FeaturesThatAreKept_MakeTheFirstEpochTheLongOne()
    {
        // The first epoch costs 1 + 99, the nine others 1 each.
        var pace = new RunPace(_time, [new(Epochs: 10, Train: 1, Validation: 0, Fill: 99)]);

        Assert.Null(pace.Remaining(phase: 0, epoch: 0, part: 0));
        _time.Advance(TimeSpan.FromSeconds(50));

        Assert.Equal(59, pace.Remaining(phase: 0, epoch: 0, part: 0.5)!.Value.TotalSeconds, precision: 6);
    }

    [Fact]
    public void TheRateOfARun_IsTheHarmonicMeanOfItsEpochs()
    {
        Assert.Equal(40, RunPace.Rate([Epoch(30), Epoch(60)]), precision: 9);
        Assert.Equal(30, RunPace.Rate([Epoch(30), Epoch(0)]), precision: 9);
        Assert.Equal(0, RunPace.Rate([]));
    }

    private RunPace Pace() => new(_time, []);

    private void Window(RunPace pace, int steps, double seconds, int images)
    {
        pace.BeginWindow();
        _time.Advance(TimeSpan.FromSeconds(seconds));
        pace.EndWindow(steps, images);
    }

    private static EpochResult Epoch(double rate) =>
        new() { Phase = 0, Epoch = 0, TrainLoss = 1, TrainAccuracy = 1, Seconds = 1, ImagesPerSecond = rate };
}
