using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Runs;

namespace DistributedFreeze.Training.Rates;

[Slow]
public sealed class RateFinderTests : IDisposable
{
    private readonly SmallRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void Curve_IsTheSameOnAnyNumberOfReplicas()
    {
        var range = new RateRange(1e-4, 100, Steps: 40);

        var (one, three) = (Find(Head() with { Replicas = 1 }, range), Find(Head() with { Replicas = 3 }, range));

        Assert.Equal(one.Points, three.Points);
        Assert.Equal(one.DivergedAt, three.DivergedAt);
        Assert.True(one.Points.Max(point => point.Loss) > 2 * one.Points[0].Loss, "rates that large do no harm: the test shows nothing");
        Assert.Equal(one.Points.Select((_, step) => range.At(step)), one.Points.Select(point => point.Rate));
    }

    [Fact]
    public async Task AtARateThatHardlyChanges_TheLossesAreThoseOfARun()
    {
        var spec = Head();
        spec = spec with { Data = spec.Data with { Augmentation = null }, Phases = [spec.Phases[0] with { Epochs = 3, Schedule = new(), Keep = KeptEpoch.Last }] };
        var rate = spec.Phases[0].Optimizer.LearningRate;
        var whole = (await LocalRun.RunAsync(spec, replicas: 1)).Receipt!;

        var curve = Find(spec with { Output = _runs.In("other") }, new(rate, rate * (1 + 1e-12), Steps: 9));

        // Epochs of 12, 12 and 4 images. The rate is the run's to 12 digits, and what a step computes with has 7.
        var losses = curve.Points.Chunk(3).Select(epoch => ((12 * epoch[0].Loss) + (12 * epoch[1].Loss) + (4 * epoch[2].Loss)) / 28);
        Assert.Equal(whole.TrainLoss, losses, (run, found) => Math.Abs(run - found) < 1e-4);
    }

    [Fact]
    public void Search_EndsWithinAStep_WhereItIsCancelled()
    {
        using var cancelled = new CancellationTokenSource();
        var last = 0;

        Assert.Throws<OperationCanceledException>(() => new RateFinder(Head(), new(1e-5, 1e-4, Steps: 20), done =>
        {
            last = done;
            cancelled.Cancel();
        }).Run(cancelled.Token));

        Assert.Equal(1, last);
    }

    private static RateCurve Find(RunSpec spec, RateRange range) => new RateFinder(spec, range, _ => { }).Run(TestContext.Current.CancellationToken);

    /// <summary>The head alone, whose features are kept.</summary>
    private RunSpec Head()
    {
        var spec = _runs.TwoPhases("head");
        return spec with { Phases = [spec.Phases[0] with { Freeze = new FreezePolicy.None() }] };
    }
}
