using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Silo.Http.Access;

/// <summary>Who asks, and what they may do.</summary>
/// <param name="Roles">What they may do.</param>
/// <param name="Owner">Whose the runs are that they submit; null where nobody is asked who they are.</param>
internal sealed record Caller(CallerRoles Roles, RunOwner? Owner)
{
    /// <summary>What the caller may have at a time; null for as much as there is.</summary>
    public QuotaOptions? Quota { get; init; }

    /// <summary>Whoever reaches a silo that asks nobody.</summary>
    public static Caller Anyone { get; } = new(CallerRoles.Admin, Owner: null);

    /// <summary>The caller in words, for messages and logs.</summary>
    public string Name => Owner is null ? "nobody in particular" : PlainText.Line(Owner.Name);

    /// <summary>What tells the caller from all others; empty where nobody is asked.</summary>
    public string Id => Owner is null ? "" : $"{Owner.Issuer} {Owner.Name}";

    /// <summary>The caller's roles in words.</summary>
    public string RoleNames => Roles == CallerRoles.None ? "no role" : Roles.ToString().ToLowerInvariant();

    /// <summary>Whether a run is this caller's own.</summary>
    public bool Owns(RunStatus run) => Owner is not null && (run.Owner, run.OwnerIssuer) == (Owner.Name, Owner.Issuer);
}
