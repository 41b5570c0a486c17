using System.Collections.Immutable;
using DistributedFreeze.Fields;

namespace DistributedFreeze.Runs;

/// <summary>Puts a reader's names into what a cluster tells of runs. Thread-safe.</summary>
public static class RunFieldNames
{
    /// <summary>An event with the reader's names in it.</summary>
    /// <param name="names">The reader's names.</param>
    /// <param name="happened">The event.</param>
    public static RunEvent In(this FieldNames names, RunEvent happened) => happened switch
    {
        RunEvent.Prepared prepared => prepared with { Warnings = names.In(prepared.Warnings) },
        RunEvent.ReplicaLost lost => lost with { Reason = names.In(lost.Reason) },
        RunEvent.Ended ended => ended with
        {
            Reason = ended.Reason is { } reason ? names.In(reason) : null,
            Problems = ended.Problems.IsDefault ? [] : [.. ended.Problems.Select(names.In)],
        },
        _ => happened,
    };

    /// <summary>A run at a glance with the reader's names in it.</summary>
    /// <param name="names">The reader's names.</param>
    /// <param name="run">The run.</param>
    public static RunStatus In(this FieldNames names, RunStatus run) => run with
    {
        Reason = run.Reason is { } reason ? names.In(reason) : null,
        Receipt = run.Receipt is { } receipt ? names.In(receipt) : null,
    };

    /// <summary>A receipt with the reader's names in it.</summary>
    /// <param name="names">The reader's names.</param>
    /// <param name="receipt">The receipt.</param>
    public static Receipt In(this FieldNames names, Receipt receipt) => receipt with
    {
        Warnings = names.In(receipt.Warnings),
        Predictions = receipt.Predictions.IsDefault
            ? []
            : [.. receipt.Predictions.Select(phase => phase with { Predicted = phase.Predicted is { } predicted ? names.In(predicted) : null })],
    };

    /// <summary>A plan with the reader's names in it.</summary>
    /// <param name="names">The reader's names.</param>
    /// <param name="plan">The plan.</param>
    public static PlannedRun In(this FieldNames names, PlannedRun plan) => plan with
    {
        Phases = [.. plan.Phases.Select(phase => phase with { Warnings = names.In(phase.Warnings) })],
    };

    /// <summary>What a phase is predicted to take, with the reader's names in it.</summary>
    /// <param name="names">The reader's names.</param>
    /// <param name="predicted">The prediction.</param>
    public static PhaseEstimate In(this FieldNames names, PhaseEstimate predicted) => predicted with { Reason = names.In(predicted.Reason) };

    private static ImmutableArray<string> In(this FieldNames names, ImmutableArray<string> texts) =>
        texts.IsDefault ? [] : [.. texts.Select(names.In)];
}
