using DistributedFreeze.Freezing;

namespace DistributedFreeze.Cli.Plan;

/// <summary>A freeze policy in a few words.</summary>
internal static class PolicyText
{
    public static string Of(FreezePolicy policy) => policy switch
    {
        FreezePolicy.None or FreezePolicy.LastLayers { Count: 0 } => "the head alone",
        FreezePolicy.All => "the whole base",
        FreezePolicy.LastLayers last => $"the last {last.Count} of the base",
        FreezePolicy.FromLayer from => $"from {from.Layer} on",
        FreezePolicy.FromStage from => $"from stage {from.Stage} on",
        FreezePolicy.Named named => string.Join(", ", named.Globs),
        _ => policy.ToString(),
    };
}
