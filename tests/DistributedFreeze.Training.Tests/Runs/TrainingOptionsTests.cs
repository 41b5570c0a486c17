using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

/// <summary>Law 3 with every option of training on at once.</summary>
[Slow]
public sealed class TrainingOptionsTests : IDisposable
{
    private readonly SmallRuns _runs = new();

    [Fact]
    public async Task WithAllOptions_ARunEndsWithTheSameBitsOnAnyNumberOfReplicasAndResumed()
    {
        var whole = (await LocalRun.RunAsync(Spec("whole"), 1)).Receipt!;

        AssertSame(whole, (await LocalRun.RunAsync(Spec("two"), 2)).Receipt!);
        AssertSame(whole, await StoppedAsync(Spec("stopped"), 4));
    }

    public void Dispose() => _runs.Dispose();

    private RunSpec Spec(string output)
    {
        var spec = _runs.TwoPhases(output);
        return spec with { Data = spec.Data with { ImageSize = 33 }, LabelSmoothing = 0.1 };
    }

    /// <summary>Stops in the middle of the second phase, and goes on with another number of replicas.</summary>
    private static async Task<Receipt> StoppedAsync(RunSpec spec, int replicas)
    {
        await LocalRun.RunAsync(spec, replicas, onEvent: (driver, happened) =>
        {
            if (happened is RunEvent.EpochDone { Result: { Phase: 1, Epoch: 0 } })
            {
                _ = driver.RequestStop();
            }
        });
        return (await LocalRun.RunAsync(spec, replicas - 1, resume: true)).Receipt!;
    }

    private static void AssertSame(Receipt whole, Receipt other)
    {
        Assert.Equal(whole.ModelSha256, other.ModelSha256);
        Assert.Equal(whole.TrainLoss, other.TrainLoss);
        Assert.Equal(whole.TestLoss, other.TestLoss);
        Assert.Equal(UndisturbedRun.AsJson(whole), UndisturbedRun.AsJson(other));
    }
}
