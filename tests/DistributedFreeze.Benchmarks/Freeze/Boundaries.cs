using DistributedFreeze.Freezing;

namespace DistributedFreeze.Benchmarks.Freeze;

/// <summary>The four ways to freeze that the tables show.</summary>
internal static class Boundaries
{
    public static IReadOnlyList<(string Name, FreezePolicy Policy)> All { get; } =
    [
        ("head", new FreezePolicy.None()),
        ("conv5_block3", new FreezePolicy.LastLayers(10)),
        ("conv5", new FreezePolicy.LastLayers(32)),
        ("conv4+5", new FreezePolicy.LastLayers(94)),
    ];
}
