namespace DistributedFreeze.Data.Features;

/// <summary>Where features are kept and how much room they get.</summary>
public sealed record FeatureStoreOptions
{
    /// <summary>Folder on disk, made when needed, shared with any other store and process; null keeps features in memory only. Default: null.</summary>
    public string? Directory { get; init; }

    /// <summary>Bytes of memory for the features of all sets together, at least 0. Default: 0.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Bytes that all sets in the folder may take together, at least 0; 0 keeps features in memory only. Default: 20 GiB.</summary>
    public long DiskBytes { get; init; } = 20L << 30;
}
