using System.Collections.Immutable;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;
using DistributedFreeze.Training.Runs;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Advice;

[Slow]
public sealed class ShortRunTests : IDisposable
{
    private readonly SmallRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public async Task AShortRun_TakesTheStepsOfARealOne_OnAnyNumberOfReplicas()
    {
        var spec = Trial.Short(_runs.TwoPhases("real"));
        var epochs = new List<EpochResult>();
        await LocalRun.RunAsync(spec, replicas: 2, onEvent: (_, happened) =>
        {
            if (happened is RunEvent.EpochDone done)
            {
                epochs.Add(done.Result);
            }
        });
        var last = epochs.Where(epoch => epoch.Phase == 1).ToList();
        Assert.Equal(2, last.Count);
        using var stores = new FeatureStores();
        using var home = RunWorkspace.Load(spec, stores, TestContext.Current.CancellationToken);

        Assert.All((int[])[1, 3], replicas =>
        {
            using var run = new ShortRun(home.Lend(spec, home.Run.Data), CPU, replicas);
            var told = 0;
            foreach (var epoch in last)
            {
                run.TrainTo(epoch.Epoch + 1, () => told++, TestContext.Current.CancellationToken);
                var answers = run.Judge();

                Assert.Equal(epoch.Epoch + 1, told);
                Assert.Equal(epoch.TrainLoss, run.TrainLoss);
                Assert.Equal(epoch.ValidationLoss!.Value, answers.Average(answer => answer.Loss), 1e-12);
                Assert.Equal(epoch.ValidationAccuracy!.Value, (double)answers.Count(answer => answer.Said == answer.Class) / answers.Length);
            }
        });
    }

    [Fact]
    public void ACancelledRun_StopsWithinAStep()
    {
        var spec = _runs.TwoPhases("cancelled");
        using var stores = new FeatureStores();
        using var home = RunWorkspace.Load(spec, stores, TestContext.Current.CancellationToken);
        using var run = new ShortRun(home.Lend(spec, home.Run.Data), CPU, replicas: 2);
        using var cancelled = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() => run.TrainTo(2, cancelled.Cancel, cancelled.Token));
    }

    [Fact]
    public void AShortRun_LooksAtTheImagesHeldOutForNothing()
    {
        var spec = _runs.TwoPhases("looks") with { Data = new() { Path = "x", Augmentation = new() { Flip = 0.5 } } };

        var shortened = Trial.Short(spec with { Phases = [.. spec.Phases.Select(phase => phase with { Patience = 2 })] });

        Assert.Null(shortened.Data.Augmentation);
        Assert.All(shortened.Phases, phase => Assert.Equal((KeptEpoch.Last, (int?)null), (phase.Keep, phase.Patience)));
        Assert.Equal(spec.Phases.Select(phase => phase.Epochs).ToImmutableArray(), [.. shortened.Phases.Select(phase => phase.Epochs)]);
    }
}
