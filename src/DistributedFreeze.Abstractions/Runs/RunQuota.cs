namespace DistributedFreeze.Runs;

/// <summary>What the runs of one caller may have together, as the settings said when a run was submitted.</summary>
[GenerateSerializer, Immutable, Alias("df.run-quota")]
public sealed record RunQuota
{
    /// <summary>Runs that wait or go on at a time, at least 1; null for any number. Paused ones do not count.</summary>
    [Id(0)] public int? Runs { get; init; }

    /// <summary>Devices that they hold at a time, at least 1; null for any number.</summary>
    [Id(1)] public int? Devices { get; init; }
}
