namespace DistributedFreeze.Benchmarks.Gpu;

/// <summary>What the works are called, by what trains.</summary>
internal static class GpuWorks
{
    public static string Load(string trained) => $"{trained}: reading, checking, decoding every file";

    public static string Decoding(string trained) => $"{trained}: decoding alone";

    public static string PrefixOf(string trained) => $"{trained}: prefix alone";

    public static string FirstEpoch(string trained) => $"{trained}: first epoch";

    /// <summary>While it was evaluated there, and not while its images were waited for or the tail trained.</summary>
    public static string PrefixInFirstEpoch(string trained) => $"{trained}: prefix in the first epoch";

    public static string CachedEpoch(string trained) => $"{trained}: cached epoch";

    /// <summary>PyTorch's epoch, which is the rival of the first and of the cached.</summary>
    public static string Epoch(string trained) => $"{trained}: epoch";

    /// <summary>With whatever algorithms cuDNN finds fastest.</summary>
    public static string AnyAlgorithm(string trained) => $"{trained}, any algorithm";
}
