using System.Collections.Frozen;
using DistributedFreeze.Grains;

namespace DistributedFreeze.Silo.Gateway;

/// <summary>What clients of the gateway may call. Pure and thread-safe.</summary>
internal static class ClientCalls
{
    /// <summary>What Orleans's own client asks for when it connects, and now and then after that.</summary>
    private const string Manifest = "Orleans.Runtime.IClusterManifestSystemTarget";

    private static readonly FrozenDictionary<string, FrozenSet<string>> Allowed = new Dictionary<Type, string[]>
    {
        [typeof(IRunGrain)] =
        [
            nameof(IRunGrain.StartAsync), nameof(IRunGrain.GetStatusAsync), nameof(IRunGrain.ReadEpochsAsync), nameof(IRunGrain.ReadEventsAsync),
            nameof(IRunGrain.InterruptAsync), nameof(IRunGrain.PauseAsync), nameof(IRunGrain.ResumeAsync), nameof(IRunGrain.CancelAsync),
            nameof(IRunGrain.DeleteAsync), nameof(IRunGrain.ListArtefactsAsync), nameof(IRunGrain.ReadArtefactAsync),
            nameof(IRunGrain.StartUntilAsync), nameof(IRunGrain.ResumeUntilAsync), nameof(IRunGrain.CancelBecauseAsync),
        ],
        [typeof(ICatalogueGrain)] = [nameof(ICatalogueGrain.ListAsync), nameof(ICatalogueGrain.FindAsync)],
        [typeof(ISchedulerGrain)] = [nameof(ISchedulerGrain.ListDevicesAsync), nameof(ISchedulerGrain.ListQueueAsync)],
        [typeof(IPlannerGrain)] = [nameof(IPlannerGrain.PlanAsync)],
        [typeof(IAdviceGrain)] = [nameof(IAdviceGrain.AskAsync), nameof(IAdviceGrain.ReadAsync), nameof(IAdviceGrain.CancelAsync)],
    }.ToFrozenDictionary(calls => calls.Key.FullName!, calls => calls.Value.ToFrozenSet(StringComparer.Ordinal));

    private static readonly FrozenDictionary<string, string> Changes = new Dictionary<string, string>
    {
        [nameof(IRunGrain.StartAsync)] = "submit",
        [nameof(IRunGrain.InterruptAsync)] = "interrupt",
        [nameof(IRunGrain.PauseAsync)] = "pause",
        [nameof(IRunGrain.ResumeAsync)] = "resume",
        [nameof(IRunGrain.CancelAsync)] = "cancel",
        [nameof(IRunGrain.DeleteAsync)] = "delete",
        [nameof(IRunGrain.StartUntilAsync)] = "submit",
        [nameof(IRunGrain.ResumeUntilAsync)] = "resume",
        [nameof(IRunGrain.CancelBecauseAsync)] = "cancel",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether a client may make a call.</summary>
    /// <param name="grain">Full name of the interface.</param>
    /// <param name="method">Name of the method.</param>
    public static bool Allows(string grain, string method) => grain == Manifest || (Allowed.TryGetValue(grain, out var methods) && methods.Contains(method));

    /// <summary>What a call changes, in a word; null for nothing.</summary>
    /// <param name="grain">Full name of the interface.</param>
    /// <param name="method">Name of the method.</param>
    public static string? ChangeOf(string grain, string method) => grain == typeof(IRunGrain).FullName ? Changes.GetValueOrDefault(method) : null;
}
