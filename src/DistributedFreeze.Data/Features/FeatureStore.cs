using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Features;

/// <summary>Keeps features of images, in memory within a budget and on disk within a quota.</summary>
/// <remarks>
/// <para>
/// Thread-safe. Any number of stores, in one process or several, may use one folder: they read one another's records and neither
/// spoil them nor, with claims, compute them twice. That takes the locks of Linux; elsewhere a folder serves one store at a time, and
/// the next one keeps its features in memory. Nothing else is shared.
/// </para>
/// <para>
/// A full disk or a folder that cannot be written ends writing, and only that: <see cref="DiskProblem"/> says why. Over a network file
/// system the stores of one machine see one another at once, those of another when that system pleases.
/// </para>
/// </remarks>
public sealed class FeatureStore : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SharedSet> _sets = new(StringComparer.Ordinal);
    private readonly List<SharedSet> _idle = []; // those that nobody has open, the one that was given up longest ago first
    private readonly MemoryBudget _memory;
    private readonly StoreDisk? _disk;
    private readonly string? _noDisk;
    private volatile bool _disposed;

    /// <param name="options">Where, and how much room.</param>
    /// <param name="time">Tells when a set was last used; null takes the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    public FeatureStore(FeatureStoreOptions options, TimeProvider? time = null)
        : this(options, time, shared: null)
    {
    }

    /// <param name="options">Where, and how much room.</param>
    /// <param name="time">Tells when a set was last used; null takes the system's.</param>
    /// <param name="shared">The budget of all stores of the process, which this one's comes out of; null where it stands alone.</param>
    internal FeatureStore(FeatureStoreOptions options, TimeProvider? time, MemoryBudget? shared)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.MemoryBytes, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.DiskBytes, nameof(options));
        Options = options;
        _memory = new(options.MemoryBytes, FreeIdleMemory, shared);
        if (options is { Directory: { } directory, DiskBytes: > 0 })
        {
            var root = Path.GetFullPath(directory);
            try
            {
                _disk = new(root, options.DiskBytes, time ?? TimeProvider.System, Counts);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _noDisk = StoreDisk.ProblemOf(root, e);
            }
        }
    }

    /// <summary>Why nothing more is written to disk, in one sentence; null while all is well or no disk is wanted.</summary>
    public string? DiskProblem => _noDisk ?? _disk?.Problem;

    /// <summary>Bytes of memory taken now, never above the budget.</summary>
    public long MemoryTaken => _memory.Taken;

    /// <summary>What the features were good for since the store was made.</summary>
    public CacheCounts Counts { get; } = new();

    /// <summary>Where, and how much room.</summary>
    public FeatureStoreOptions Options { get; }

    internal bool IsDisposed => _disposed;

    /// <summary>Bytes that all sets in the folder take, whoever wrote them; looks at every file.</summary>
    /// <returns>0 where there is no folder or it cannot be read.</returns>
    public long CountDisk() => _disk?.CountBytes() ?? 0;

    /// <summary>Opens the set of a key; makes it if need be.</summary>
    /// <remarks>Each call gives a handle of its own on the one set. While one is open, nobody removes the set from disk.</remarks>
    /// <param name="key">What the features depend on; number of elements and type belong to it.</param>
    /// <param name="elements">Numbers per image, 1 to <see cref="FeatureSet.MaxElements"/>.</param>
    /// <param name="type">What the numbers are rounded to.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="elements"/> or <paramref name="type"/> is out of range.</exception>
    /// <exception cref="ArgumentException">The set is open with another number of elements or another type.</exception>
    /// <exception cref="ObjectDisposedException">The store is disposed.</exception>
    public FeatureSet Open(FeatureSetKey key, int elements, FeatureType type)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(elements);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(elements, FeatureSet.MaxElements);
        if (!Enum.IsDefined(type))
        {
            throw new ArgumentOutOfRangeException(nameof(type), type, "is no feature type");
        }

        var layout = new SegmentLayout(elements, type);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_sets.TryGetValue(key.Sha256, out var shared) || (_idle.Remove(shared) && shared.Layout != layout))
            {
                shared?.Memory.Free();
                _sets[key.Sha256] = shared = new(key, layout, new(_memory, layout, Counts));
            }

            if (shared.Layout != layout)
            {
                throw new ArgumentException(
                    $"The set {key} is open with {shared.Layout.Elements} elements of {shared.Layout.Type}, not {elements} of {type}.", nameof(key));
            }

            if (shared.Users++ == 0)
            {
                shared.Attach(_disk);
            }

            return new(this, shared);
        }
    }

    /// <summary>Whether a set has any record, in memory or on disk; costs a look into a folder.</summary>
    /// <exception cref="ObjectDisposedException">The store is disposed.</exception>
    public bool Has(FeatureSetKey key)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return (_sets.TryGetValue(key.Sha256, out var shared) && shared.Memory.Count > 0)
                || (_disk is not null && new SetFolder(_disk.Root, key.Sha256).HasRecords());
        }
    }

    /// <summary>Closes every set and gives back all memory.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                foreach (var shared in _sets.Values)
                {
                    shared.Detach();
                    shared.Memory.Free();
                }

                _disk?.Dispose();
            }
        }
    }

    internal void Release(SharedSet shared)
    {
        lock (_gate)
        {
            if (--shared.Users == 0 && !_disposed)
            {
                shared.Detach();
                _idle.Add(shared);
            }
        }
    }

    /// <summary>Frees the memory of the set that was given up longest ago.</summary>
    /// <returns>False where every set is open, or holds none.</returns>
    internal bool FreeIdleMemory()
    {
        lock (_gate)
        {
            var freed = _idle.Exists(set => set.Memory.Free());
            if (freed)
            {
                Counts.EvictedFromMemory();
            }

            return freed;
        }
    }
}
