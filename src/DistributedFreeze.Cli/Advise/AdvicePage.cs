using DistributedFreeze.Advice;
using DistributedFreeze.Runs;
using static DistributedFreeze.Cli.Evaluate.Report.HtmlElements;

namespace DistributedFreeze.Cli.Advise;

/// <summary>Advice as one page that asks nothing of any network: it opens from a disk, prints, and follows light and dark.</summary>
internal static class AdvicePage
{
    public static string Of(AdviceResult result)
    {
        var title = result.Recommendation is { } recommended ? $"Recommended: {recommended.Candidate}" : "How much to unfreeze: interrupted";
        var page = Begin(title);
        page.Append($"<h1>{Html(title)}</h1>")
            .Append(Paragraph(result.Recommendation?.Reason ?? "It was interrupted: what is here is right, and more was to come."));
        foreach (var note in result.Notes)
        {
            page.Append(Paragraph(note));
        }

        if (!result.Candidates.IsEmpty)
        {
            Section(page, "Candidates", (result.Candidates.Any(one => one.Gain is not null) ? AdviceFigures.Gains(result) : "") + Candidates(result));
        }

        if (!result.Depths.IsEmpty)
        {
            Section(page, "What the frozen base tells by itself", AdviceFigures.Depths(result.Depths) + Depths(result));
        }

        if (!result.Gradients.IsEmpty)
        {
            Section(page, "Relative gradient norms", AdviceFigures.Gradients(result.Gradients) + Gradients(result.Gradients));
        }

        return End(page);
    }

    private static string Candidates(AdviceResult result) =>
        Paragraph(Text($"Judged by {result.HeldOutImages:N0} images that they had not seen{(result.AreValidation ? ", the validation images" : "")}, with intervals of 95 %. Losses: of the last epoch's training images, and of the images held out."))
        + Table(
            ["unfrozen", "trains", "model", "epochs", AdviceNumbers.Name(result.Metric), "gain", "losses", "full run"],
            result.Candidates.Select(one => new[]
            {
                one.Name,
                Text($"{one.TrainableParameters:N0}"),
                Amount.Bytes(one.ModelBytes),
                one.NotTried is null ? Text($"{one.Epochs} of {one.FullEpochs}") : $"not tried: {one.NotTried}",
                one.Score is { } score ? AdviceNumbers.Of(result.Metric, score) : "-",
                one.Gain is { } gain ? $"{AdviceNumbers.Of(result.Metric, gain)}{(gain.IsDistinguishable ? "" : ", not distinguishable")}" : "-",
                one.HeldOutLoss is { } loss ? Text($"{one.TrainLoss:F3} / {loss:F3}{(one.Overfits ? ", overfits" : "")}") : "-",
                one.RunSeconds is { } seconds ? Amount.Duration(seconds) : "-",
            }))
        + string.Concat(result.Candidates.Where(one => AdviceNumbers.Meaning(one) is not null).Select(one => Paragraph($"{one.Name}: {AdviceNumbers.Meaning(one)}")));

    private static string Depths(AdviceResult result) =>
        Paragraph(Text($"Logistic regression on the channel means after each block, cross-validated on {result.ProbedImages:N0} training images."))
        + (result.Selection is { } selection ? Paragraph(AdviceNumbers.Of(selection)) : "")
        + Table(
            ["up to", "channels", "accuracy", "95 %", "loss"],
            result.Depths.Select(depth => new[]
            {
                depth.Name, Text($"{depth.Features:N0}"), Text($"{100 * depth.Accuracy:F1} %"), Text($"{100 * depth.AccuracyLow:F1} to {100 * depth.AccuracyHigh:F1}"), Text($"{depth.Loss:F3}"),
            }));

    private static string Gradients(IReadOnlyList<BlockGradient> gradients) =>
        Paragraph("The gradient of the training loss by each block's parameters, as a share of these, with the head trained and the base as it came.")
        + Table(["block", "parameters", "gradient"], gradients.Select(one => new[] { one.Name, Text($"{one.Parameters:N0}"), AdviceNumbers.Gradient(one) }));
}
