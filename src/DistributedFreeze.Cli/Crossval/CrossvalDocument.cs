using System.Collections.Immutable;
using DistributedFreeze.Evaluation;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Crossval;

/// <summary>What a cross-validation came to, as <c>--json</c> prints it and <c>crossval.json</c> holds it.</summary>
/// <param name="Folds">How many folds there are.</param>
/// <param name="Runs">Those that are done, in the order of folds.</param>
/// <param name="MeanAccuracy">Mean of the accuracies of the runs; null where no fold has images.</param>
/// <param name="LowestAccuracy">The lowest of them.</param>
/// <param name="HighestAccuracy">The highest.</param>
/// <param name="OutOfFold">All images that are a fold's test, each answered by the model that had not seen it; null where there are none.</param>
internal sealed record CrossvalDocument(
    int Folds, ImmutableArray<FoldRun> Runs, double? MeanAccuracy, double? LowestAccuracy, double? HighestAccuracy, OutOfFold? OutOfFold)
{
    /// <param name="folds">How many folds there are.</param>
    /// <param name="runs">Folds with their receipts.</param>
    public static CrossvalDocument Of(int folds, IReadOnlyList<(int Fold, string Output, Receipt Receipt)> runs)
    {
        var accuracies = runs.Select(run => run.Receipt.Test?.Accuracy).OfType<double>().ToList();
        return new(
            folds,
            [.. runs.Select(run => FoldRun.Of(run.Fold, run.Output, run.Receipt))],
            accuracies.Count > 0 ? accuracies.Average() : null,
            accuracies.Count > 0 ? accuracies.Min() : null,
            accuracies.Count > 0 ? accuracies.Max() : null,
            Crossval.OutOfFold.Of([.. runs.Select(run => run.Receipt)]));
    }
}

/// <summary>One run, with one fold as its test.</summary>
/// <param name="Fold">The fold, from 1.</param>
/// <param name="Output">The run's folder.</param>
/// <param name="Images">Images of the fold.</param>
/// <param name="Accuracy">Share of them that are answered right; null where there are none.</param>
/// <param name="BalancedAccuracy">Mean recall of the classes that have images there; null likewise.</param>
/// <param name="Loss">Mean loss; null likewise.</param>
/// <param name="Seconds">How long the run took.</param>
/// <param name="ModelSha256">Hash of its model.</param>
internal sealed record FoldRun(int Fold, string Output, int Images, double? Accuracy, double? BalancedAccuracy, double? Loss, double Seconds, string ModelSha256)
{
    public static FoldRun Of(int fold, string output, Receipt receipt) => new(
        fold, output, receipt.Test?.Images ?? 0, receipt.Test?.Accuracy, receipt.Test?.BalancedAccuracy, receipt.Test?.Loss, receipt.Seconds, receipt.ModelSha256);
}

/// <summary>The folds' tests put together.</summary>
/// <param name="Images">Images in all.</param>
/// <param name="Accuracy">Share that is answered right.</param>
/// <param name="AccuracyLow">Lower end of the accuracy's 95 % interval: a percentile bootstrap over images, keyed by the seed.</param>
/// <param name="AccuracyHigh">Its upper end.</param>
/// <param name="BalancedAccuracy">Mean recall of the classes.</param>
/// <param name="MacroF1">Mean F1 of the classes.</param>
/// <param name="Loss">Mean loss over the images.</param>
/// <param name="Classes">Each class.</param>
internal sealed record OutOfFold(
    long Images, double Accuracy, double AccuracyLow, double AccuracyHigh, double BalancedAccuracy, double MacroF1, double Loss, ImmutableArray<OutOfFoldClass> Classes)
{
    /// <param name="receipts">Of runs with the same classes and seed.</param>
    /// <returns>Null where none of them has a test image.</returns>
    public static OutOfFold? Of(ImmutableArray<Receipt> receipts)
    {
        ImmutableArray<SplitMeasures> tests = [.. receipts.Select(receipt => receipt.Test).OfType<SplitMeasures>()];
        if (tests.IsEmpty)
        {
            return null;
        }

        var classes = receipts[0].Classes;
        var numbers = classes.Select((name, number) => (name, number)).ToDictionary(one => one.name, one => one.number, StringComparer.Ordinal);
        var confusion = ConfusionMatrix.Of(tests.SelectMany(test => test.Confusion).Select(count => (numbers[count.Class], numbers[count.Answer], count.Images)), classes.Length);
        var scores = AnswerScores.Of(confusion);
        var interval = AccuracyInterval.Of(confusion.Correct, confusion.Images, receipts[0].Spec.Seed);
        return new(
            confusion.Images,
            scores.Accuracy,
            interval.Low,
            interval.High,
            scores.BalancedAccuracy,
            scores.Macro.F1,
            tests.Sum(test => test.Loss * test.Images) / confusion.Images,
            [.. scores.Classes.Select((one, number) => new OutOfFoldClass(classes[number], one.Precision, one.Recall, one.F1, one.Support))]);
    }
}

/// <summary>A class over all folds.</summary>
/// <param name="Class">Its name.</param>
/// <param name="Precision">Share of its answers that are right.</param>
/// <param name="Recall">Share of its images that are answered right.</param>
/// <param name="F1">Harmonic mean of both.</param>
/// <param name="Support">Its images.</param>
internal sealed record OutOfFoldClass(string Class, double Precision, double Recall, double F1, long Support);
