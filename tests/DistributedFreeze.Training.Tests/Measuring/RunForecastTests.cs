using DistributedFreeze.Data.Features;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;
using DistributedFreeze.Training.Runs;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Measuring;

[Slow]
public sealed class RunForecastTests : IDisposable
{
    private const int TrainImages = 28;

    private readonly SmallRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void Measure_GivesARateForEveryPartAndLeavesNothingBehind()
    {
        using var stores = new FeatureStores();
        var folder = _runs.In("cache");
        using var workspace = Load(stores, new() { Directory = folder });
        using var single = Load(stores, new() { DiskBytes = 0 });

        var (rates, prediction) = workspace.Forecast.Measure(replicas: 1, CPU);

        double?[] all = [rates.Decode, rates.Disk, .. rates.Phases.SelectMany(phase => (double?[])[phase.Prefix, phase.Tail, phase.StepSeconds])];
        Assert.All(all, rate => Assert.True(rate > 0 && double.IsFinite(rate.Value), $"{rate}"));
        Assert.Equal(["avg_pool", "conv5_block2_out"], prediction.Phases.Select(phase => phase.Boundary));
        Assert.All(prediction.Phases, phase => Assert.True(phase.EpochSecondsWithoutCache > 0 && phase.CacheBytes > 0));
        Assert.Empty(Directory.EnumerateFiles(folder, "rate-*"));
        var weights = workspace.Weights.On(CPU);
        Assert.Equal(weights.LayerHashes, weights.Hash(weights.LayerHashes.Keys));
        Assert.Null(single.Forecast.Measure(replicas: 1, CPU).Rates.Disk);
    }

    [Fact]
    public void Of_MeasuresOnceAndGivesEveryReplicaTheSame()
    {
        using var stores = new FeatureStores();
        using var workspace = Load(stores, new() { DiskBytes = 0 });

        var first = workspace.Forecast.Of(phase: 0, replicas: 2, CPU);
        var second = workspace.Forecast.Of(phase: 0, replicas: 2, CPU);

        Assert.NotNull(first.Prediction);
        Assert.Same(first.Prediction, second.Prediction);
        Assert.Equal(first.Prediction.Keeps, first.Keeps);
    }

    [Theory]
    [InlineData(FeatureCacheMode.On, true)]
    [InlineData(FeatureCacheMode.Off, false)]
    public void Of_MeasuresNothingWhereTheSpecDecides(FeatureCacheMode mode, bool keeps)
    {
        using var stores = new FeatureStores();
        using var workspace = Load(stores, new() { Cache = mode, DiskBytes = 0 });

        Assert.Equal(new(keeps, Prediction: null), workspace.Forecast.Of(phase: 1, replicas: 1, CPU));
    }

    [Fact]
    public async Task Auto_SaysWhyInTheReceipt()
    {
        var receipt = await ReceiptAsync("auto", new() { DiskBytes = 0 }, replicas: 2);

        Assert.Equal(2, receipt.Predictions.Length);
        foreach (var phase in receipt.Predictions)
        {
            Assert.NotNull(phase.Predicted);
            Assert.StartsWith(phase.Predicted.Keeps ? "kept" : "computed again: ", phase.Predicted.Reason, StringComparison.Ordinal);
            Assert.Equal(2 * TrainImages, phase.FeaturesComputed + phase.FeaturesRead);
        }

        var first = receipt.Predictions[0];
        Assert.Equal(first.Predicted!.Keeps ? TrainImages : 2 * TrainImages, first.FeaturesComputed);
        Assert.Equal(receipt.Epochs[0].Seconds, first.FirstEpochSeconds);
        Assert.Equal(receipt.Epochs[1].Seconds, first.OtherEpochsSeconds);
    }

    [Fact]
    public async Task Kept_FeaturesAreComputedOnceForAllPhasesAndRuns()
    {
        var cache = new FeatureSpec { Cache = FeatureCacheMode.On, Directory = _runs.In("kept") };
        var on = await ReceiptAsync("on", cache, replicas: 2);
        var auto = await ReceiptAsync("later", cache with { Cache = FeatureCacheMode.Auto }, replicas: 1);

        Assert.Equal([TrainImages, 0], on.Predictions.Select(phase => phase.FeaturesComputed));
        Assert.Equal([TrainImages, 2 * TrainImages], on.Predictions.Select(phase => phase.FeaturesRead));

        // All of it is there, so nothing was measured and nothing computed.
        Assert.All(auto.Predictions, phase => Assert.Null(phase.Predicted));
        Assert.Equal([0, 0], auto.Predictions.Select(phase => phase.FeaturesComputed));
    }

    private RunWorkspace Load(FeatureStores stores, FeatureSpec features) =>
        RunWorkspace.Load(_runs.TwoPhases("unused") with { Features = features }, stores, TestContext.Current.CancellationToken);

    private async Task<Receipt> ReceiptAsync(string output, FeatureSpec features, int replicas) =>
        (await LocalRun.RunAsync(_runs.TwoPhases(output) with { Features = features }, replicas)).Receipt!;
}
