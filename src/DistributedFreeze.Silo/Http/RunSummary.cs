using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Silo.Http;

/// <summary>A run in a list: what tells it from others, and how far it is.</summary>
/// <param name="RunId">The run.</param>
/// <param name="State">Its state.</param>
/// <param name="Reason">Why it failed or was interrupted.</param>
/// <param name="SubmittedAt">When it was submitted.</param>
/// <param name="EndedAt">When it ended; null while it has not.</param>
/// <param name="Priority">Runs with a higher one are served first.</param>
/// <param name="QueuePosition">Place in the queue, from 1; 0 for a run that does not wait for devices.</param>
/// <param name="Devices">Ids of the devices that its replicas own now.</param>
/// <param name="EpochsDone">Epochs that are done, over all phases.</param>
/// <param name="Epochs">Epochs that it is to have, over all phases.</param>
/// <param name="Output">Its output folder; null where the caller may not see all of the run, and <paramref name="Reason"/> is so, too.</param>
/// <param name="Owner">Who submitted it; null where nobody was asked.</param>
/// <param name="OwnerIssuer">Issuer of the owner's token; null for a key.</param>
/// <param name="Labels">Its labels; none where the caller may not see all of the run.</param>
internal sealed record RunSummary(
    string RunId, RunState State, string? Reason, DateTimeOffset? SubmittedAt, DateTimeOffset? EndedAt, int Priority, int QueuePosition,
    ImmutableArray<string> Devices, int EpochsDone, int Epochs, string? Output,
    string? Owner, string? OwnerIssuer, RunLabels Labels)
{
    public static RunSummary Of(RunStatus run, bool isWhole) => new(
        run.RunId, run.State, isWhole ? run.Reason : null, run.SubmittedAt, run.EndedAt, run.Priority, run.QueuePosition, run.Devices,
        run.EpochsDone, run.Spec?.Phases.Sum(phase => phase.Epochs) ?? 0, isWhole ? run.Spec?.Output : null,
        run.Owner, run.OwnerIssuer, isWhole ? run.Spec?.Labels ?? RunLabels.None : RunLabels.None);
}

/// <summary>A page of runs.</summary>
/// <param name="Runs">The latest first.</param>
/// <param name="Total">How many runs there are that the filters let through, on all pages.</param>
/// <param name="Next">What to give as <c>page</c> for those that follow; null on the last page.</param>
internal sealed record RunPage(ImmutableArray<RunSummary> Runs, int Total, string? Next);
