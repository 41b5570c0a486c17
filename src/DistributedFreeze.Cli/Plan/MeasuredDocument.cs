using System.Collections.Immutable;
using DistributedFreeze.Fields;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Plan;

/// <summary>What was measured, for programs. Rates are of one replica, in images and bytes per second; seconds are of the whole command, and of its parts besides the phases.</summary>
internal sealed record MeasuredDocument(
    double DecodeImagesPerSecond,
    int DecodeThreads,
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
        measured.Rates.DecodeThreads,
        measured.Rates.Disk,
        measured.Rates.PrefixEngine,
        [.. measured.Prediction.Phases.Zip(measured.Rates.Phases).Select((both, phase) => new MeasuredPhaseDocument(
            both.Second.Prefix, both.Second.Tail, both.Second.StepSeconds, measured.Prediction.DecodeLimits.Any(limit => limit.Phase == phase), names.In(both.First)))],
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
    double? PrefixImagesPerSecond, double TailImagesPerSecond, double StepSeconds, bool DecodingIsLimit, PhaseEstimate Predicted);
