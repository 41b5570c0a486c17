using DistributedFreeze.Grains;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Silo.Http.Access;

/// <summary>What each of some callers may have at a time. Of several that fit a caller the first one counts.</summary>
public sealed record QuotaOptions
{
    /// <summary>Whose it is: the name of a key, or a token's subject; null for everybody's.</summary>
    public string? Caller { get; init; }

    /// <summary>A role that a caller has to have for it to count; null for any.</summary>
    public CallerRoles? Role { get; init; }

    /// <summary>Runs of one caller that wait or go on at a time, 1 to 1,000,000; null for any number.</summary>
    public int? Runs { get; init; }

    /// <summary>Devices that the runs of one caller hold at a time, 1 to 1,000,000; null for any number.</summary>
    public int? Devices { get; init; }

    /// <summary>Highest priority that a caller may give a run, -100 to 100; null for any.</summary>
    public int? HighestPriority { get; init; }

    /// <summary>What it means for a run; null where it bounds neither runs nor devices.</summary>
    internal RunQuota? OfRuns => (Runs, Devices) == (null, null) ? null : new() { Runs = Runs, Devices = Devices };

    /// <summary>Whether it counts for a caller.</summary>
    internal bool IsFor(Caller caller) =>
        caller.Owner is { } owner && (Caller is null || Caller.Equals(owner.Name, NamesOf(owner))) && (Role is not { } role || caller.Roles.HasFlag(role));

    /// <summary>Names of keys are settings, whose case does not count; a token's subject is what its issuer says.</summary>
    private static StringComparison NamesOf(RunOwner owner) => owner.Issuer is null ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>What is wrong, a sentence each.</summary>
    internal IEnumerable<string> Problems(string section)
    {
        foreach (var (name, value, lowest, highest) in new[]
        {
            (nameof(Runs), Runs, 1, 1_000_000), (nameof(Devices), Devices, 1, 1_000_000),
            (nameof(HighestPriority), HighestPriority, -RunSubmission.HighestPriority, RunSubmission.HighestPriority),
        })
        {
            if (value < lowest || value > highest)
            {
                yield return $"{section}:{name} must be a whole number from {lowest} to {highest}, got {value}";
            }
        }

        if (Caller is "" || Role is CallerRoles.None)
        {
            yield return $"{section} must name a caller, a role (viewer, submitter or admin) or neither, for everybody";
        }

        if ((Runs, Devices, HighestPriority) == (null, null, null))
        {
            yield return $"{section} must bound something: Runs, Devices or HighestPriority";
        }
    }
}
