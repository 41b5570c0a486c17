using System.Globalization;
using DistributedFreeze.Advice;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Plan;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Advise;

/// <summary>Advice for a person.</summary>
internal static class AdviceText
{
    public static void Write(CommandConsole console, AdviceResult result)
    {
        if (!result.Depths.IsEmpty)
        {
            WriteDepths(console, result);
        }

        if (!result.Gradients.IsEmpty)
        {
            WriteGradients(console, result.Gradients);
        }

        if (!result.Candidates.IsEmpty)
        {
            WriteCandidates(console, result);
        }

        foreach (var note in result.Notes)
        {
            console.Output.WriteLine(note);
        }

        if (result.Recommendation is { } recommended)
        {
            console.Output.WriteLine();
            console.Output.WriteLine($"Recommended: {recommended.Candidate}. {recommended.Reason}");
            if (MoreImages.Hint(result) is { } hint)
            {
                console.Output.WriteLine(hint);
            }
        }
    }

    private static void WriteDepths(CommandConsole console, AdviceResult result)
    {
        console.Output.WriteLine(Invariant($"What the frozen base tells by itself: logistic regression on the channel means after each block, cross-validated on {result.ProbedImages:N0} training images"));
        var table = NumberTable.Of("Up to", "Channels", "Accuracy", "95 %", "Loss");
        foreach (var depth in result.Depths)
        {
            table.AddTexts(depth.Name, Invariant($"{depth.Features:N0}"), Percent(depth.Accuracy), Invariant($"{100 * depth.AccuracyLow:F1} to {100 * depth.AccuracyHigh:F1}"), Invariant($"{depth.Loss:F3}"));
        }

        console.Rich().Write(table);
        if (result.Selection is { } selection)
        {
            console.Output.WriteLine(AdviceNumbers.Of(selection));
        }
    }

    private static void WriteGradients(CommandConsole console, IReadOnlyList<BlockGradient> gradients)
    {
        console.Output.WriteLine("Relative gradient norm of each block, with the head trained and the base as it came: the gradient of the training loss beside the parameters");
        var table = NumberTable.Of("Block", "Parameters", "Gradient", "Of the greatest");
        var greatest = gradients.Max(one => one.Ratio);
        foreach (var one in gradients)
        {
            table.AddTexts(one.Name, AdviceNumbers.Parameters(one.Parameters), AdviceNumbers.Gradient(one), greatest > 0 ? Invariant($"{100 * one.Ratio / greatest:F0} %") : "-");
        }

        console.Rich().Write(table);
    }

    private static void WriteCandidates(CommandConsole console, AdviceResult result)
    {
        var held = result.AreValidation ? "validation images" : "images held out";
        var folds = result.Splits > 1 ? Invariant($" in {result.Splits} folds") : "";
        console.Output.WriteLine(Invariant($"Short runs, judged by the same {result.HeldOutImages:N0} {held}{folds}, cheapest first"));
        var table = NumberTable.Of("Unfrozen", "Trains", "Model", "Epochs", $"{AdviceNumbers.Name(result.Metric)} (95 %)", "Gain (95 %)", "Losses", "Full run");
        foreach (var one in result.Candidates)
        {
            table.AddTexts(
                one.Name,
                AdviceNumbers.Parameters(one.TrainableParameters),
                Amount.Bytes(one.ModelBytes),
                one.Score is null ? "-" : Invariant($"{one.Epochs}/{one.FullEpochs}"),
                one.Score is { } score ? AdviceNumbers.Of(result.Metric, score) : "-",
                one.Gain is { } gain ? AdviceNumbers.Of(result.Metric, gain) : "",
                one.HeldOutLoss is null ? "" : Invariant($"{one.TrainLoss:F3} / {one.HeldOutLoss:F3}"),
                one.RunSeconds is { } seconds ? Amount.Duration(seconds) : "-");
        }

        console.Rich().Write(table);
        console.Output.WriteLine($"Trains: parameters, with the head. Gain: over the head alone{(AdviceNumbers.IsShare(result.Metric) ? ", in points" : "")}. Losses: of the last epoch's training images / of the images held out.");
        foreach (var one in result.Candidates)
        {
            WriteRemarks(console.Output, one);
        }
    }

    private static void WriteRemarks(TextWriter output, CandidateScore one)
    {
        if (AdviceNumbers.Meaning(one) is { } meaning)
        {
            output.WriteLine($"  {one.Name}: {meaning}");
        }

        if (one.NotTried is { } reason)
        {
            output.WriteLine($"  {one.Name}{(AdviceNumbers.Meaning(one) is null ? $" ({PolicyText.Of(one.Freeze)})" : "")}: not tried, {reason}");
        }

        if (one.Gain is { IsDistinguishable: false })
        {
            output.WriteLine($"  {one.Name}: not distinguishable from the head alone");
        }

        if (one.Overfits)
        {
            output.WriteLine($"  {one.Name}: overfits, since its loss on the images held out rose");
        }
    }

    private static string Percent(double share) => Invariant($"{100 * share:F1} %");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
