using DistributedFreeze.Errors;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Silo.Http.Access;

/// <summary>Who may do what with a run. Pure.</summary>
internal static class RunRights
{
    /// <summary>Whether a caller sees all of a run, or only that there is one.</summary>
    public static bool MayRead(Caller caller, RunStatus run) => caller.Roles.HasFlag(CallerRoles.Viewer) || MayChange(caller, run);

    /// <inheritdoc cref="MayRead(Caller, RunStatus)"/>
    public static bool MayRead(Caller caller, RunTraits run) => MayRead(caller, new RunStatus { RunId = "", State = default, Owner = run.Owner, OwnerIssuer = run.OwnerIssuer });

    /// <summary>Whether a caller may change a run and fetch its files.</summary>
    public static bool MayChange(Caller caller, RunStatus run) =>
        caller.Roles.HasFlag(CallerRoles.Admin) || (caller.Roles.HasFlag(CallerRoles.Submitter) && caller.Owns(run));

    /// <exception cref="ForbiddenException">The caller may not.</exception>
    public static void RequireSubmit(Caller caller)
    {
        if ((caller.Roles & (CallerRoles.Submitter | CallerRoles.Admin)) == 0)
        {
            throw new ForbiddenException($"You are {caller.Name} ({caller.RoleNames}); to submit runs you would have to be submitter or admin.");
        }
    }

    /// <exception cref="ForbiddenException">The caller may not give a run that priority, or could never have the devices that it needs.</exception>
    public static void RequireWithinQuota(Caller caller, RunSpec spec, int priority)
    {
        if (priority > caller.Quota?.HighestPriority)
        {
            throw new ForbiddenException($"priority must be at most {caller.Quota.HighestPriority} for {caller.Name}, got {priority}.");
        }

        if (spec.MinReplicas > caller.Quota?.Devices)
        {
            throw new ForbiddenException($"minReplicas must be at most {caller.Quota.Devices}, the devices that {caller.Name} may have at a time, got {spec.MinReplicas}.");
        }
    }

    /// <exception cref="ForbiddenException">The caller may not.</exception>
    public static void RequireRead(Caller caller, RunStatus run)
    {
        if (!MayRead(caller, run))
        {
            throw Refusal(caller, run, "see", "its owner, viewer or admin");
        }
    }

    /// <param name="caller">Who asks.</param>
    /// <param name="run">The run.</param>
    /// <param name="what">What is asked, such as cancel.</param>
    /// <exception cref="ForbiddenException">The caller may not.</exception>
    public static void RequireChange(Caller caller, RunStatus run, string what)
    {
        if (!MayChange(caller, run))
        {
            throw Refusal(caller, run, what, caller.Owns(run) ? "submitter or admin" : "its owner or admin");
        }
    }

    private static ForbiddenException Refusal(Caller caller, RunStatus run, string what, string needed)
    {
        var whose = caller.Owns(run) ? "yours" : run.Owner is { } owner ? $"{PlainText.Line(owner)}'s" : "nobody's";
        return new($"You are {caller.Name} ({caller.RoleNames}), and run {run.RunId} is {whose}; to {what} it you would have to be {needed}.");
    }
}
