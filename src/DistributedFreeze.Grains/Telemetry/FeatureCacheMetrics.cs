using System.Diagnostics.Metrics;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Telemetry;

namespace DistributedFreeze.Grains.Telemetry;

/// <summary>What this silo's kept features are good for, over all of its stores.</summary>
internal sealed class FeatureCacheMetrics
{
    public FeatureCacheMetrics(IMeterFactory meters, FeatureStores stores)
    {
        var meter = meters.Create(Measures.Meter);
        Measures.CacheImages.Observe<long>(
            meter,
            () => [Of("result", "hit", Sum(counts => counts.Hits)), Of("result", "miss", Sum(counts => counts.Misses))]);
        Measures.CacheRefusals.Observe<long>(meter, () => [new(Sum(counts => counts.Refusals))]);
        Measures.CacheEvictions.Observe<long>(
            meter,
            () => [Of("medium", "memory", Sum(counts => counts.MemoryEvictions)), Of("medium", "disk", Sum(counts => counts.DiskEvictions))]);
        Measures.CacheDamages.Observe<long>(
            meter,
            () => [Of("medium", "memory", Sum(counts => counts.MemoryDamages)), Of("medium", "disk", Sum(counts => counts.DiskDamages))]);
        Measures.CacheSize.Observe<long>(
            meter,
            () =>
            [
                Of("medium", "memory", stores.All.Sum(store => store.MemoryTaken)),
                Of("medium", "disk", stores.All.DistinctBy(store => store.Options.Directory).Sum(store => store.CountDisk())),
            ]);

        long Sum(Func<CacheCounts, long> count) => stores.All.Sum(store => count(store.Counts));
    }

    private static Measurement<long> Of(string label, string value, long measured) => new(measured, new KeyValuePair<string, object?>(label, value));
}
