using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Features;

/// <summary>Whether a phase keeps its features.</summary>
/// <remarks>Pure and thread-safe.</remarks>
public static class CacheDecision
{
    /// <summary>Bytes per second at which kept features are surely read; a slow disk's rate.</summary>
    private const double ReadBytesPerSecond = 200e6;

    /// <summary>Multiply-adds per second at which a prefix is at best computed on one processor thread.</summary>
    private const double MultiplyAddsPerSecond = 100e9;

    /// <summary>Decides.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="prefixMultiplyAdds">What the prefix computes for one image.</param>
    /// <param name="bytes">Bytes of one image's features.</param>
    /// <returns>True where features are kept: reading is faster than computing, and what is kept is met again.</returns>
    public static bool Keeps(RunSpec spec, long prefixMultiplyAdds, long bytes) => prefixMultiplyAdds > 0 && spec.Features.Cache switch
    {
        FeatureCacheMode.Off => false,
        FeatureCacheMode.On => true,
        _ => bytes / ReadBytesPerSecond < prefixMultiplyAdds / MultiplyAddsPerSecond,
    };
}
