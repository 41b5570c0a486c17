using System.Collections.Immutable;
using DistributedFreeze.Runs;
using DistributedFreeze.Sweeps;
using DistributedFreeze.Training.Runs;

namespace DistributedFreeze.Training.Sweeps;

[Slow(seconds: 20)]
public sealed class SweeperTests : IDisposable
{
    private readonly SmallRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public async Task ATrial_HasTheBitsOfARunOfItsOwn_OnAnyNumberOfReplicas()
    {
        var spec = Spec(rate: 1e-2) with { Data = Spec(1).Data with { Augmentation = new() { Flip = 0.5, Views = 2 } } };
        var epochs = ImmutableArray.CreateBuilder<EpochResult>();
        var outcome = await LocalRun.RunAsync(spec, replicas: 2, onEvent: (_, happened) =>
        {
            if (happened is RunEvent.EpochDone done)
            {
                epochs.Add(done.Result);
            }
        });
        Assert.Equal(4, epochs.Count);

        Assert.All((int[])[1, 2], replicas =>
        {
            var (alone, paced) = (Sweep(replicas, halving: null, spec)[0], Sweep(replicas, (1, 2), spec)[0]);

            Assert.Equal((TrialState.Finished, outcome.Receipt!.ModelSha256), (alone.State, alone.ModelSha256));
            Assert.Equal(epochs.Select(Untimed), alone.Epochs.Select(Untimed));
            Assert.Equal((outcome.Receipt.ModelSha256, 4), (paced.ModelSha256, paced.Epochs.Length)); // compared after 1 and 2 epochs, with nobody
        });
    }

    [Fact]
    public void ThoseThatLagBehind_AreStoppedAtAnEpoch_TheSameOnesOnAnyNumberOfReplicas_AndTheOthersAreWhole()
    {
        RunSpec[] trials = [Spec(1e-7), Spec(3e-5), Spec(1e-6), Spec(1e-4), Spec(1e-9)];

        var results = Sweep(replicas: 1, (1, 2), trials);

        Assert.Equal([1, 1, 2, 4, 4], results.Select(result => result.Epochs.Length).Order()); // 5 are compared after 1 epoch, 3 after 2
        Assert.Equal((1, 4, 4), (results[4].Epochs.Length, results[1].Epochs.Length, results[3].Epochs.Length));
        Assert.All(results, result => Assert.Equal(result.Epochs.Length == 4 ? TrialState.Finished : TrialState.Stopped, result.State));
        var whole = Array.FindIndex([.. results], result => result.State == TrialState.Finished);
        Assert.Equal(Sweep(replicas: 1, halving: null, trials[whole])[0].ModelSha256, results[whole].ModelSha256);
        Assert.Equal(results.Select(Untimed), Sweep(replicas: 2, (1, 2), trials).Select(Untimed));
    }

    [Fact]
    public void WhatIsKnown_IsNotTrainedAgain()
    {
        RunSpec[] trials = [Spec(1e-2), Spec(3e-2)];
        var before = Sweep(replicas: 1, halving: null, trials);
        var told = new List<SweepProgress>();

        var results = new Sweeper(Request(1, null, trials) with { Known = [before[0], new() { Epochs = before[1].Epochs[..2] }] }, told.Add).Run(TestContext.Current.CancellationToken);

        Assert.Same(before[0], results[0]);
        Assert.Equal((before[1].ModelSha256, 4), (results[1].ModelSha256, results[1].Epochs.Length));
        Assert.Equal(4, told.Count(progress => progress.Stage == SweepStage.Trials));
    }

    [Fact]
    public void WhatIsKnownOfOtherImages_IsRefused_AndNothingIsTrained()
    {
        var spec = Spec(1e-2);
        var told = new List<SweepProgress>();
        var known = new TrialResult { State = TrialState.Stopped, Inputs = new("images", "base", null) };

        var changed = Assert.Throws<TrialInputsChangedException>(() => new Sweeper(Request(1, null, spec, spec with { BatchSize = 8 }) with { Known = [new(), known] }, told.Add).Run(TestContext.Current.CancellationToken));

        Assert.Equal((1, true, true), (changed.Trial, changed.AreImagesOthers, changed.IsBaseAnother));
        Assert.Empty(told);
    }

    [Fact]
    public void ATrialThatFailedAfterItWasCompared_CountsThereAsItDid()
    {
        RunSpec[] trials = [Spec(1e-7), Spec(1e-4), Spec(1e-9)];
        var before = Sweep(replicas: 1, (1, 3), trials);
        Assert.Equal(TrialState.Finished, before[1].State);
        var failed = before[1] with { State = TrialState.Failed, Epochs = before[1].Epochs[..2], ModelSha256 = null, Reason = "diverged" };

        var results = new Sweeper(Request(1, (1, 3), trials) with { Known = [before[0] with { State = TrialState.Waiting }, failed, before[2]] }, _ => { }).Run(TestContext.Current.CancellationToken);

        Assert.Equal([TrialState.Stopped, TrialState.Failed, TrialState.Stopped], results.Select(result => result.State));
        Assert.All(results.Where(result => result.State == TrialState.Stopped), result => Assert.Single(result.Epochs));
    }

    [Fact]
    public void WhatWasBrokenOff_SaysWhatIsKnown()
    {
        using var broken = new CancellationTokenSource();
        var results = new Sweeper(
            Request(1, null, Spec(1e-2), Spec(3e-2)),
            progress =>
            {
                if (progress is { Stage: SweepStage.Trials, Done: 5 })
                {
                    broken.Cancel();
                }
            }).Run(broken.Token);

        Assert.Contains(results, result => result.State == TrialState.Waiting);
        Assert.Contains(results, result => result.Epochs.Length > 0);
        Assert.DoesNotContain(results, result => result.State == TrialState.Waiting && result.ModelSha256 is not null);
    }

    [Fact]
    public void ATrialThatDiverges_FailsAlone()
    {
        var results = Sweep(replicas: 1, halving: null, Spec(1e-2), Spec(1e30));

        Assert.Equal([TrialState.Finished, TrialState.Failed], results.Select(result => result.State));
        Assert.Contains("diverged", results[1].Reason, StringComparison.Ordinal);
    }

    /// <summary>Two phases of two epochs: the head alone, and the last 4 layers.</summary>
    private RunSpec Spec(double rate)
    {
        var spec = _runs.TwoPhases("sweep");
        return spec with { Phases = [.. spec.Phases.Select(phase => phase with { Optimizer = phase.Optimizer with { LearningRate = rate, HeadLearningRate = null } })] };
    }

    private static SweeperRequest Request(int replicas, (int From, int Factor)? halving, params RunSpec[] trials) =>
        new() { Trials = [.. trials], Metric = EpochMeasure.Loss, Halving = halving is { } given ? new(given.From, given.Factor) : null, Replicas = replicas };

    private static ImmutableArray<TrialResult> Sweep(int replicas, (int, int)? halving, params RunSpec[] trials) =>
        new Sweeper(Request(replicas, halving, trials), _ => { }).Run(TestContext.Current.CancellationToken);

    private static EpochResult Untimed(EpochResult epoch) => epoch with { Seconds = 0, ImagesPerSecond = 0, FeaturesComputed = 0, FeaturesRead = 0 };

    private static string Untimed(TrialResult result) => $"{result.State} {result.ModelSha256} {string.Join(' ', result.Epochs.Select(Untimed))}";
}
