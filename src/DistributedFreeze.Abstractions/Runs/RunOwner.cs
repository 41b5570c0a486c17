using System.Collections.Immutable;

namespace DistributedFreeze.Runs;

/// <summary>Who submitted a run, and where below the silo's roots the run may read and write.</summary>
/// <remarks>Immutable and thread-safe. Record equality stops at the folders; <see cref="IsSame"/> compares who it is.</remarks>
[GenerateSerializer, Immutable, Alias("df.run-owner")]
public sealed record RunOwner
{
    /// <summary>Name of the key, or the token's subject.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>Issuer of the token: a subject means somebody else at another one. Null for a key.</summary>
    [Id(1)] public string? Issuer { get; init; }

    /// <summary>Folders below the data roots, relative to them; none allows all of the roots.</summary>
    [Id(2)] public ImmutableArray<string> DataFolders { get; init; } = [];

    /// <summary>Folders below the output roots, relative to them; none allows all of the roots.</summary>
    [Id(3)] public ImmutableArray<string> OutputFolders { get; init; } = [];

    /// <summary>What the caller's runs may have together; null for as much as there is.</summary>
    [Id(4)] public RunQuota? Quota { get; init; }

    /// <summary>What tells the caller from all others.</summary>
    public string Id => $"{Issuer} {Name}";

    /// <summary>Whether two are the same caller, whatever folders they have by now.</summary>
    /// <param name="one">An owner; null for nobody.</param>
    /// <param name="other">Another; null for nobody.</param>
    public static bool IsSame(RunOwner? one, RunOwner? other) => (one?.Name, one?.Issuer) == (other?.Name, other?.Issuer);
}
