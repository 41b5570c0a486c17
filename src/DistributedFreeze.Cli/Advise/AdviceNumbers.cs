using System.Globalization;
using DistributedFreeze.Advice;
using DistributedFreeze.Cli.Plan;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Advise;

/// <summary>The numbers of advice as a person reads them. Pure and thread-safe.</summary>
internal static class AdviceNumbers
{
    /// <summary>A measure, with its unit where it has one.</summary>
    public static string Name(EpochMeasure metric) => metric switch
    {
        EpochMeasure.Accuracy => "Accuracy %",
        EpochMeasure.BalancedAccuracy => "Balanced %",
        EpochMeasure.MacroF1 => "Macro F1",
        _ => "Loss",
    };

    /// <summary>Whether a measure is shown in percent.</summary>
    public static bool IsShare(EpochMeasure metric) => metric is EpochMeasure.Accuracy or EpochMeasure.BalancedAccuracy;

    public static string Of(EpochMeasure metric, ScoreInterval score) =>
        $"{Number(metric, score.Value)} ({Number(metric, score.Low)} to {Number(metric, score.High)})";

    public static string Of(EpochMeasure metric, GainInterval gain) =>
        $"{Signed(metric, gain.Value)} ({Signed(metric, gain.Low)} to {Signed(metric, gain.High)})";

    /// <summary>The blocks that were chosen, a sentence.</summary>
    public static string Of(BlockSelection selection)
    {
        var layers = selection.Layers.Length == 1 ? selection.Layers[0] : $"{string.Join(", ", selection.Layers.SkipLast(1))} and {selection.Layers[^1]} together";
        return Invariant($"Of all blocks a group lasso chooses {layers} ({selection.Features:N0} channels): {Of(EpochMeasure.Accuracy, selection.Score)} %, ")
            + $"{Of(EpochMeasure.Accuracy, selection.Gain)} points over the last block alone on the same images{(selection.Gain.IsDistinguishable ? "" : ", not distinguishable")}.";
    }

    /// <summary>What a candidate is whose name does not say it; null for the others.</summary>
    public static string? Meaning(CandidateScore one) => one switch
    {
        { Name: CandidateScore.AsGiven } => PolicyText.Of(one.Freeze),
        { Head.Inputs: { IsDefaultOrEmpty: false } inputs } => $"reads {string.Join(", ", inputs)}",
        _ => null,
    };

    /// <summary>A number of parameters, short.</summary>
    public static string Parameters(long count) => count switch
    {
        < 100_000 => Invariant($"{count:N0}"),
        < 1_000_000 => Invariant($"{count / 1e3:F0} k"),
        _ => Invariant($"{count / 1e6:F1} M"),
    };

    /// <summary>A gradient beside the parameters, in percent.</summary>
    public static string Gradient(BlockGradient one) => Invariant($"{100 * one.Ratio:G3} %");

    private static string Number(EpochMeasure metric, double value) => IsShare(metric) ? Invariant($"{100 * value:F1}") : Invariant($"{value:F3}");

    private static string Signed(EpochMeasure metric, double value) =>
        IsShare(metric) ? Invariant($"{100 * value:+0.0;-0.0;0.0}") : Invariant($"{value:+0.000;-0.000;0.000}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
