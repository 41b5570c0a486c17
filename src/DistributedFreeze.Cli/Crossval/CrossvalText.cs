using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Runs;
using static System.FormattableString;

namespace DistributedFreeze.Cli.Crossval;

/// <summary>What a cross-validation came to, for people.</summary>
internal static class CrossvalText
{
    public static void Write(CommandConsole console, CrossvalDocument document)
    {
        var table = NumberTable.Of("Fold", "Images", "Accuracy", "Balanced", "Loss", "Time");
        foreach (var run in document.Runs)
        {
            table.AddTexts(
                Invariant($"{run.Fold}"), Invariant($"{run.Images:N0}"), Percent(run.Accuracy), Percent(run.BalancedAccuracy), run.Loss is { } loss ? Invariant($"{loss:F4}") : "-", Amount.Duration(run.Seconds));
        }

        console.Rich().Write(table);
        if (document is not { OutOfFold: { } all, MeanAccuracy: { } mean })
        {
            return;
        }

        console.Output.WriteLine(Invariant($"Accuracy of {document.Runs.Length} of {document.Folds} folds: mean {Percent(mean)}, {Percent(document.LowestAccuracy)} to {Percent(document.HighestAccuracy)}"));
        console.Output.WriteLine(Invariant(
            $"Out of fold, {all.Images:N0} images: accuracy {100 * all.Accuracy:F1} % ({100 * all.AccuracyLow:F1} to {100 * all.AccuracyHigh:F1}), balanced {100 * all.BalancedAccuracy:F1} %, macro F1 {all.MacroF1:F4}, loss {all.Loss:F4}"));
    }

    private static string Percent(double? share) => share is { } known ? Invariant($"{100 * known:F1} %") : "-";
}
