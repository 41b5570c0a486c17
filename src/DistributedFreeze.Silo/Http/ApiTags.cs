using System.Collections.Immutable;

namespace DistributedFreeze.Silo.Http;

/// <summary>What operations are sorted by in the document.</summary>
internal static class ApiTags
{
    public const string Runs = "Runs";
    public const string Events = "Events";
    public const string Artefacts = "Artefacts";
    public const string Devices = "Devices";

    /// <summary>All of them, in the document's order.</summary>
    public static ImmutableArray<(string Name, string Description)> All { get; } =
    [
        (Runs, "Runs: submitted, listed, shown, and told what to do."),
        (Events, "What happens to a run, as it happens."),
        (Artefacts, "The files that a run leaves."),
        (Devices, "The cluster's devices, and the runs that wait for them."),
    ];
}
