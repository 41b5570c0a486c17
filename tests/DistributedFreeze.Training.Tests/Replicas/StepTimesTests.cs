using System.Diagnostics;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Replicas;

/// <summary>What a window of a real replica says of its time.</summary>
[Slow]
public sealed class StepTimesTests : IDisposable
{
    private readonly SmallRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData(0, FeatureCacheMode.Off)]
    [InlineData(0, FeatureCacheMode.On)]
    [InlineData(10, FeatureCacheMode.On)]
    public async Task ForwardAndBackward_AreToldApart_AndNothingCountsTwice(int lastLayers, FeatureCacheMode cache)
    {
        var (report, took) = await SecondEpochAsync(lastLayers, new() { Cache = cache, DiskBytes = 0 });

        AssertEveryPart(report.Times, took);
    }

    [Fact]
    public async Task AShardOfImagesThatAreKeptAndImagesThatAreNot_IsDividedJustSo()
    {
        // Room for some images' 2048 values, and not for all 28.
        var (report, took) = await SecondEpochAsync(0, new() { Cache = FeatureCacheMode.On, MemoryBytes = 100_000, DiskBytes = 0 });

        Assert.True(report is { FeaturesRead: > 0, FeaturesComputed: > 0 });
        Assert.True(report.Times is { Read: > 0, Prefix: > 0 });
        AssertEveryPart(report.Times, took);
    }

    /// <summary>Law 4 where an epoch takes images of small classes several times.</summary>
    [Fact]
    public async Task AnImageThatAnEpochTakesAgain_IsComputedOnce()
    {
        var classes = Directory.GetDirectories(Path.Combine(_runs.Data, "train"));
        foreach (var file in Directory.GetFiles(classes[0]).Order(StringComparer.Ordinal).Skip(2))
        {
            File.Delete(file);
        }

        var spec = _runs.TwoPhases("again") with { Sampling = ImageSampling.Balanced, Features = new() { Cache = FeatureCacheMode.On, DiskBytes = 0 } };
        var order = new BalancedOrder(spec.Seed, spec.Shards, [.. classes.Order(StringComparer.Ordinal).SelectMany((folder, label) => Directory.GetFiles(folder).Select(_ => label))]);
        var taken = Enumerable.Range(0, spec.Shards).SelectMany(shard => order.Epoch(epoch: 0, shard)).ToList();
        var (report, _) = Assert.Single(await WindowsAsync(spec, epochs: 1, steps: 2));

        Assert.Equal(taken.Distinct().Count(), report.FeaturesComputed);
        Assert.Equal(taken.Count - taken.Distinct().Count(), report.FeaturesRead);
        Assert.NotEqual(0, report.FeaturesRead);
    }

    private static void AssertEveryPart(StepTimes times, double took)
    {
        Assert.True(times is { Read: > 0, TailForward: > 0, TailBackward: > 0, Exchange: > 0, Apply: > 0 }, times.ToString());
        Assert.True(times.Read + times.Prefix + times.Tail + times.Exchange + times.Apply <= took, $"{times} within {took} s");
    }

    /// <returns>What the second of two epochs came to, and the seconds around it.</returns>
    private async Task<(WindowReport Report, double Took)> SecondEpochAsync(int lastLayers, FeatureSpec features)
    {
        var two = _runs.TwoPhases("times");
        return (await WindowsAsync(two with { Features = features, Phases = [two.Phases[0] with { Freeze = new FreezePolicy.LastLayers(lastLayers) }] }, epochs: 2, steps: 3))[1];
    }

    /// <returns>What each epoch of one replica came to, and the seconds around it.</returns>
    private static async Task<List<(WindowReport Report, double Took)>> WindowsAsync(RunSpec spec, int epochs, int steps)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var mask = FreezePolicyResolver.Resolve(spec.Phases[0].Freeze, LayerTable.For(spec.Model), "freeze");
        using var stores = new FeatureStores();
        await using var replica = new LocalReplica(new(stores), new SharedExchanges());
        await replica.PrepareAsync(new() { RunId = "times", Spec = spec }, cancellationToken);
        await replica.JoinAsync(Groups.Of([0, 1, 2, 3]), cancellationToken);
        await replica.BeginPhaseAsync(new() { Generation = 1, Phase = 0, MaskVersion = 1, MaskHash = mask.Hash }, cancellationToken);
        var reports = new List<(WindowReport, double)>();
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            var began = Stopwatch.GetTimestamp();
            var report = await replica.RunWindowAsync(
                new() { Phase = 0, Epoch = epoch, FirstStep = 0, Steps = steps, Progress = new() { Epoch = epoch }, Generation = 1 }, cancellationToken);
            reports.Add((report, Stopwatch.GetElapsedTime(began).TotalSeconds));
        }

        return reports;
    }
}
