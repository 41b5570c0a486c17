using System.Collections.Immutable;
using DistributedFreeze.Fields;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Plan;

/// <summary>What was measured, for programs. Rates are images and bytes per second; seconds are of the whole command, and of its parts besides the phases.</summary>
internal sealed record MeasuredDocument(
    double DecodeImagesPerSecond,
    double? DiskBytesPerSecond,
    string? PrefixEngine,
    ImmutableArray<MeasuredPhaseDocument> Phases,
    double StartSeconds,
    double LoadSeconds,
    double PrepareSeconds,
    double FinishSeconds,
    int Replicas,
    double Seconds,
    int SuggestedReplicas,
    double SuggestedSeconds)
{
    public static MeasuredDocument Of(MeasuredPlan measured, FieldNames names) => new(
        measured.Rates.Decode,
        measured.Rates.Disk,
        measured.Rates.PrefixEngine,
        [.. measured.Prediction.Phases.Zip(measured.Rates.Phases, (predicted, rates) =>
            new MeasuredPhaseDocument(rates.Prefix, rates.Tail, rates.StepSeconds, names.In(predicted)))],
        measured.Overhead.Start,
        measured.Overhead.Load,
        measured.Overhead.Prepare,
        measured.Overhead.Finish,
        measured.Prediction.Replicas,
        measured.Seconds,
        measured.Prediction.SuggestedReplicas,
        measured.SuggestedSeconds);
}

internal sealed record MeasuredPhaseDocument(
    double? PrefixImagesPerSecond, double TailImagesPerSecond, double StepSeconds, PhaseEstimate Predicted);
