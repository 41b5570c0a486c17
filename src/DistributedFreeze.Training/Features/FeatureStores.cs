using System.Collections.Immutable;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features.Storage;

namespace DistributedFreeze.Training.Features;

/// <summary>The feature stores of one silo: runs that keep their features in the same place share one.</summary>
/// <remarks>Thread-safe. A store lives as long as the silo, so that a run finds in memory what an earlier one has left.</remarks>
public sealed class FeatureStores : IDisposable
{
    /// <summary>Share of the memory that features take where the spec doesn't say.</summary>
    private const int MemoryDivisor = 4;

    private readonly Dictionary<FeatureStoreOptions, FeatureStore> _stores = [];

    /// <summary>The stores there are now.</summary>
    public ImmutableArray<FeatureStore> All
    {
        get
        {
            lock (_stores)
            {
                return [.. _stores.Values];
            }
        }
    }

    /// <summary>The store that a spec asks for; it stays this object's.</summary>
    public FeatureStore Get(FeatureSpec spec)
    {
        var options = new FeatureStoreOptions
        {
            Directory = spec.DiskBytes == 0 ? null : Path.GetFullPath(spec.Directory ?? FeatureDirectory.Default),
            MemoryBytes = spec.MemoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / MemoryDivisor,
            DiskBytes = spec.DiskBytes,
        };
        lock (_stores)
        {
            if (!_stores.TryGetValue(options, out var store))
            {
                store = new(options);
                _stores.Add(options, store);
            }

            return store;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_stores)
        {
            foreach (var store in _stores.Values)
            {
                store.Dispose();
            }

            _stores.Clear();
        }
    }
}
