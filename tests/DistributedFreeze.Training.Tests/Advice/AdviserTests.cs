using DistributedFreeze.Advice;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Runs;

namespace DistributedFreeze.Training.Advice;

[Slow]
public sealed class AdviserTests : IDisposable
{
    private readonly SmallRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void TheSameQuestion_HasTheSameAnswerOnTwoReplicas_AndEvaluatesNoImageAgain()
    {
        var request = new AdviceRequest { Spec = Spec(tailEpochs: 2), Metric = EpochMeasure.MacroF1, Folds = 2, MaxModelBytes = 20_000_000 };
        var one = Ask(request with { Spec = request.Spec with { Replicas = 1 } });
        var kept = FilesIn("cache");

        var images = new List<AdviceProgress>();
        var two = new Adviser(request with { Spec = request.Spec with { Replicas = 2 } }, progress =>
        {
            if (progress.Stage == AdviceStage.Images)
            {
                images.Add(progress);
            }
        }).Run(TestContext.Current.CancellationToken);

        Assert.True(one.IsWhole);
        Assert.Equal(one.Depths, two.Depths);
        Assert.Equal(9, one.Gradients.Length);
        Assert.Equal(one.Gradients, two.Gradients);
        Assert.Equal(one.Candidates.Select(Timeless), two.Candidates.Select(Timeless));
        Assert.Equal((one.Recommendation!.Candidate, one.Recommendation.Reason), (two.Recommendation!.Candidate, two.Recommendation.Reason));
        Assert.Equal((36, 2, false), (one.HeldOutImages, one.Splits, one.AreValidation));
        Assert.Equal(["head alone", "head on 4 stages", "last block", "conv5 batch norms", "conv4_block2 alone"], one.Candidates.Where(candidate => candidate.Score is not null && !candidate.Name.EndsWith(" blocks", StringComparison.Ordinal)).Select(candidate => candidate.Name));
        Assert.All(one.Candidates.Where(candidate => candidate.Score is null), candidate => Assert.StartsWith("its model would have ", candidate.NotTried, StringComparison.Ordinal));
        Assert.Equal(new AdviceProgress(AdviceStage.Images, 36, 36), Assert.Single(images)); // all of them there before the first block
        Assert.Equal(kept, FilesIn("cache"));
        Assert.False(Directory.Exists(request.Spec.Output));
    }

    [Fact]
    public void WhoInterrupts_GetsWhatIsKnown()
    {
        using var interrupted = new CancellationTokenSource();
        var request = new AdviceRequest { Spec = Spec(tailEpochs: 2), MaxModelBytes = 1_000_000 };
        var told = new List<string>();

        var result = new Adviser(request, progress =>
        {
            if (progress.Stage == AdviceStage.ShortRuns)
            {
                told.Add(progress.What!);
                if (progress.What != Candidate.HeadAlone)
                {
                    interrupted.Cancel();
                }
            }
        }).Run(interrupted.Token);

        Assert.False(result.IsWhole);
        Assert.Null(result.Recommendation);
        Assert.Equal(10, result.Depths.Length);
        Assert.Equal(Candidate.HeadAlone, told[0]);
        Assert.NotNull(result.Candidates.Single(candidate => candidate.Name == Candidate.HeadAlone).Score);
        var broken = result.Candidates.Single(candidate => candidate.Name == "conv5 batch norms");
        Assert.Equal((null, null, 0), (broken.Score, broken.NotTried, broken.Epochs));
    }

    [Fact]
    public void WithoutTime_OnlyHeadsAreTried()
    {
        var result = Ask(new() { Spec = Spec(tailEpochs: 1), Budget = TimeSpan.FromTicks(1) });

        Assert.StartsWith("head ", result.Recommendation!.Candidate, StringComparison.Ordinal);
        Assert.All(result.Candidates.Where(candidate => !candidate.Name.StartsWith("head ", StringComparison.Ordinal)), candidate => Assert.StartsWith("it would take ", candidate.NotTried, StringComparison.Ordinal));
        Assert.IsType<FreezePolicy.None>(Assert.Single(result.Recommendation.Spec.Phases).Freeze);
    }

    [Fact]
    public async Task WhatAHeadOnSeveralBlocksReads_IsKept_ToTheBitsOfARunOfItsOwn()
    {
        var spec = Spec(tailEpochs: 1);
        Ask(new() { Spec = spec, MaxModelBytes = 1_000_000 });
        var kept = BytesIn("cache");
        var head = Candidate.For(spec, LayerTable.For(spec.Model), classes: 4).Single(one => one is { IsBaseFrozen: true, IsHeadAlone: false }).Spec;

        var own = (await LocalRun.RunAsync(head with { Output = _runs.In("own") }, 1)).Receipt!;
        var fresh = (await LocalRun.RunAsync(head with { Output = _runs.In("fresh"), Features = new() { Cache = FeatureCacheMode.Off } }, 1)).Receipt!;

        Assert.Equal(fresh.ModelSha256, own.ModelSha256);
        Assert.Equal(12 * (64 + 128 + 256 + 512) * sizeof(float), BytesIn("cache") - kept); // the test images, which advice leaves alone
    }

    [Fact]
    public void AHeadThatDiverges_IsSaidToDoSo()
    {
        var spec = Spec(tailEpochs: 1);
        var growing = spec.Phases[0] with { Epochs = 10, Optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = 100, WeightDecay = 1 } };

        var failed = Assert.Throws<RunFailedException>(() => Ask(new() { Spec = spec with { Phases = [growing, spec.Phases[1]] } }));

        Assert.True(failed.IsDivergence);
        Assert.Contains("learning_rate", failed.Message, StringComparison.Ordinal);
    }

    private static AdviceResult Ask(AdviceRequest request) => new Adviser(request, _ => { }).Run(TestContext.Current.CancellationToken);

    private static CandidateScore Timeless(CandidateScore candidate) => candidate with { RunSeconds = null };

    /// <remarks>What is remembered of the image files themselves depends on how long they have rested.</remarks>
    private string[] FilesIn(string folder) =>
        [.. Directory.EnumerateFiles(_runs.In(folder), "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".index", StringComparison.Ordinal)).Select(file => $"{file} {new FileInfo(file).Length}").Order(StringComparer.Ordinal)];

    private long BytesIn(string folder) => Directory.EnumerateFiles(_runs.In(folder), "*.features", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);

    /// <summary>28 training and 8 validation images of 33 pixels, on the smallest network.</summary>
    private RunSpec Spec(int tailEpochs) => _runs.TwoPhases("output") with
    {
        Model = new() { Architecture = ModelArchitecture.ResNet18, Graph = NetworkGraph.TorchvisionV15, Head = new() { Hidden = [16], Dropout = 0.25 } },
        Data = new() { Path = _runs.Data, ImageSize = 33 },
        Features = new() { Directory = _runs.In("cache") },
        Phases = [new() { Epochs = 2 }, new() { Freeze = new FreezePolicy.FromStage("conv5"), Epochs = tailEpochs, Optimizer = new() { LearningRate = 1e-3 } }],
    };
}
