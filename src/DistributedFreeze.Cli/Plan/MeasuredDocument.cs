using System.Collections.Immutable;
using DistributedFreeze.Fields;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Plan;

/// <summary>What was measured, for programs. Rates are images and bytes per second.</summary>
internal sealed record MeasuredDocument(
    double DecodeImagesPerSecond,
    double? DiskBytesPerSecond,
    ImmutableArray<MeasuredPhaseDocument> Phases,
    int Replicas,
    double Seconds,
    int SuggestedReplicas,
    double SuggestedSeconds)
{
    public static MeasuredDocument Of(MeasuredPlan measured, FieldNames names) => new(
        measured.Rates.Decode,
        measured.Rates.Disk,
        [.. measured.Prediction.Phases.Zip(measured.Rates.Phases, (predicted, rates) =>
            new MeasuredPhaseDocument(rates.Prefix, rates.Tail, rates.StepSeconds, names.In(predicted)))],
        measured.Prediction.Replicas,
        measured.Prediction.Seconds,
        measured.Prediction.SuggestedReplicas,
        measured.Prediction.SuggestedSeconds);
}

internal sealed record MeasuredPhaseDocument(
    double? PrefixImagesPerSecond, double TailImagesPerSecond, double StepSeconds, PhasePrediction Predicted);
