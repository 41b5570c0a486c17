using DistributedFreeze.Cli.Advise;
using static DistributedFreeze.Cli.Evaluate.Report.HtmlElements;

namespace DistributedFreeze.Cli.Sweeps;

/// <summary>A sweep as one page that asks nothing of any network: it opens from a disk, prints, and follows light and dark.</summary>
internal static class SweepPage
{
    public static string Of(SweepDocument document)
    {
        var title = $"Sweep {document.Name}{(document.IsWhole ? "" : ": interrupted")}";
        var page = Begin(title);
        page.Append($"<h1>{Html(title)}</h1>").Append(Paragraph(Summary(document)));
        if (document.Trials.Any(trial => trial.Score is not null))
        {
            if (ParallelCoordinates.Of(document) is { Length: > 0 } together)
            {
                Section(page, "Parallel coordinates", together);
            }

            foreach (var (i, field) in document.Fields.Index())
            {
                Section(page, field, SweepFigures.Of(document, i));
            }
        }

        Section(page, "Trials", Table(SweepText.Columns(document), document.Trials.Select(trial => SweepText.Row(document, trial))));
        return End(page);
    }

    private static string Summary(SweepDocument document)
    {
        var judged = Text($"{document.Trials.Length:N0} trials, compared by {AdviceNumbers.Name(document.Metric)} on the validation images.");
        return document.Best is { } best
            ? $"{judged} The best, {best.Trial}, is kept as a run in {best.Output}{(best.Test is { } test ? Text($": {100 * test.Accuracy:F1} % of {test.Images:N0} test images ({100 * test.AccuracyLow:F1} to {100 * test.AccuracyHigh:F1})") : "")}."
            : judged;
    }
}
