using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Grains.Tests.Telemetry;

[Slow]
public sealed class FeatureCacheMetricsTests : IDisposable
{
    private readonly Readings _readings = new();
    private readonly SmallestRuns _runs = new();

    [Fact]
    public async Task TheFirstEpochMisses_AndTheOthersHit()
    {
        using var stores = new FeatureStores();
        _ = new FeatureCacheMetrics(_readings.Meters, stores);
        var features = new FeatureSpec { Directory = _runs.In("cache") };

        await TrainAsync(stores, features);

        // 20 images to train on twice, 4 to validate twice and 8 to test once; the second phase's features are kept along the way.
        Assert.Equal(["feature_cache.images result=hit 24", "feature_cache.images result=miss 32"], _readings.Of("feature_cache.images"));
        Assert.Equal(["feature_cache.refusals 0"], _readings.Of("feature_cache.refusals"));
        Assert.Equal(["feature_cache.evictions medium=memory 0", "feature_cache.evictions medium=disk 0"], _readings.Of("feature_cache.evictions"));
        Assert.Equal(["feature_cache.damages medium=memory 0", "feature_cache.damages medium=disk 0"], _readings.Of("feature_cache.damages"));
        var files = new DirectoryInfo(_runs.In("cache")).EnumerateFiles("*.features", SearchOption.AllDirectories).Sum(file => file.Length);
        var sizes = _readings.Of("feature_cache.size");
        Assert.True(Bytes(sizes[0]) >= 32 * 2048 * sizeof(float), sizes[0]);
        Assert.True(Bytes(sizes[1]) >= files, sizes[1]);
    }

    [Fact]
    public async Task FeaturesThatFindNoRoom_AreRefused()
    {
        using var stores = new FeatureStores();
        _ = new FeatureCacheMetrics(_readings.Meters, stores);

        await TrainAsync(stores, new() { MemoryBytes = 0, DiskBytes = 0 });

        // Nothing is kept, so every image of every epoch is computed: 2 (20 + 4) + 8.
        Assert.Equal(["feature_cache.images result=hit 0", "feature_cache.images result=miss 56"], _readings.Of("feature_cache.images"));
        Assert.Equal(["feature_cache.refusals 56"], _readings.Of("feature_cache.refusals"));
    }

    public void Dispose()
    {
        _readings.Dispose();
        _runs.Dispose();
    }

    private async Task TrainAsync(FeatureStores stores, FeatureSpec features)
    {
        var whole = _runs.Spec("out", replicas: 1);
        var spec = whole with { Features = features with { Cache = FeatureCacheMode.On }, Phases = [whole.Phases[0]] };
        await using var replica = new TorchBackend(stores, new SharedExchanges()).ReplicaOn("cpu:0");
        var driver = new RunDriver("cached", spec, new FixedReplicas([new ReplicaHandle("here/cpu:0", "here", null, replica)]), _ => { }, TimeProvider.System);
        var outcome = await driver.RunAsync(resume: false, TestContext.Current.CancellationToken);
        Assert.Equal(RunState.Succeeded, outcome.State);
    }

    private static long Bytes(string reading) => long.Parse(reading[(reading.LastIndexOf(' ') + 1)..], null);
}
