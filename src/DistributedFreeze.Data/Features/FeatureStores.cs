using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Features;

/// <summary>The feature stores of one silo: runs that keep their features in the same place share one.</summary>
/// <remarks>
/// Thread-safe. A store lives as long as the silo, so that a run finds in memory what an earlier one has left. All of them share one budget
/// of memory: a run may ask for less than that, and takes no more by asking for more.
/// </remarks>
public sealed class FeatureStores : IDisposable
{
    /// <summary>Share of the memory that features take where the spec doesn't say.</summary>
    private const int MemoryDivisor = 4;

    private readonly Dictionary<FeatureStoreOptions, FeatureStore> _stores = [];
    private readonly MemoryBudget _memory;
    private readonly long _memoryBytes;

    /// <param name="memoryBytes">Bytes of memory for the features of all stores together, at least 0. Default: as much as each run asks for.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="memoryBytes"/> is negative.</exception>
    public FeatureStores(long memoryBytes = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(memoryBytes);
        _memoryBytes = memoryBytes;
        _memory = new(memoryBytes, FreeIdleMemory);
    }

    /// <summary>What features take where nobody says: a quarter of the memory.</summary>
    public static long DefaultMemoryBytes => DefaultOf(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>Bytes of memory that features take now.</summary>
    public long MemoryTaken => _memory.Taken;

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
            MemoryBytes = Math.Min(spec.MemoryBytes ?? DefaultMemoryBytes, _memoryBytes),
            DiskBytes = spec.DiskBytes,
        };
        lock (_stores)
        {
            if (!_stores.TryGetValue(options, out var store))
            {
                store = new(options, time: null, _memory);
                _stores.Add(options, store);
            }

            return store;
        }
    }

    /// <summary>The same for a host with so much memory.</summary>
    internal static long DefaultOf(long memoryBytes) => memoryBytes / MemoryDivisor;

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

    /// <summary>Frees a set that no run has open, of any store. Asked for under no store's lock.</summary>
    private bool FreeIdleMemory() => All.Any(store => store.FreeIdleMemory());
}
