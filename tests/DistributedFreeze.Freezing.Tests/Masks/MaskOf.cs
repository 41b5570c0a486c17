using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Masks;

/// <summary>Masks that tests speak of.</summary>
internal static class MaskOf
{
    public static readonly LayerTable Table = LayerTable.For(NetworkGraph.KerasV1);

    public static FreezeMask Last(int count) => FreezePolicyResolver.Resolve(new FreezePolicy.LastLayers(count), Table, "freeze");

    public static FreezeMask Named(params string[] globs) =>
        FreezePolicyResolver.Resolve(new FreezePolicy.Named([.. globs]), Table, "freeze");
}
