using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Positions;

/// <summary>What has to be stored of a run for another silo to pick it up.</summary>
/// <param name="Generation">Number of the newest group; the next one has a higher number.</param>
/// <param name="Devices">Ids of its devices.</param>
/// <param name="Progress">Where the run stood.</param>
public sealed record RunSnapshot(int Generation, ImmutableArray<string> Devices, RunProgress Progress)
{
    /// <summary>The class of its devices, as <see cref="DistributedFreeze.Devices.DeviceClass"/> writes it; null where nobody knows.</summary>
    public string? DeviceClass { get; init; }
}
