using System.Text;
using DistributedFreeze.Evaluation;
using DistributedFreeze.Runs;
using static DistributedFreeze.Cli.Evaluate.Report.HtmlElements;

namespace DistributedFreeze.Cli.Evaluate.Report;

/// <summary>An evaluation, and the run behind it, as one page that asks nothing of any network: it opens from a disk, prints, and follows light and dark.</summary>
internal static class ReportPage
{
    private const int Thumbnails = 12;

    /// <summary>More classes than this have no bars and no matrix, which nobody could read.</summary>
    private const int MostClasses = 60;

    /// <param name="document">The figures.</param>
    /// <param name="evaluation">What they were computed from.</param>
    /// <param name="receipt">The run's; null for a model alone.</param>
    /// <param name="thumbnail">Makes a JPEG of an image by its name; null where it cannot be read any more.</param>
    /// <param name="maps">Makes a PNG of what an image's answer comes from, to be laid over it, by the image; null where there is none.</param>
    /// <param name="note">What a reader has to know of these, or why there are none.</param>
    public static string Of(
        EvaluationDocument document, ClassifierEvaluation evaluation, Receipt? receipt, Func<string, byte[]?> thumbnail, Func<ClassifiedImage, byte[]?> maps, string note)
    {
        var title = $"{Path.GetFileName(document.Model.Path.TrimEnd('/'))}: {Text($"{100 * document.Accuracy:F1} %")}";
        var page = Begin(title);

        Summary(page, document);
        if (receipt is { Epochs.IsEmpty: false })
        {
            Section(page, "Training", TrainingFigures.Loss(receipt) + TrainingFigures.Accuracy(receipt) + TrainingFigures.LearningRates(receipt));
        }

        Section(page, "Classes", (document.Classes.Length <= MostClasses ? EvaluationFigures.Classes(document.Classes) : "") + ClassTable(document));
        if (document.Classes.Length <= MostClasses)
        {
            Section(page, "Confusion", ConfusionTable(document));
        }

        Section(page, "Calibration", EvaluationFigures.Reliability(evaluation.Calibration)
            + Paragraph(Text($"Expected calibration error {document.ExpectedCalibrationError:F4}. A bar below the dashed line: the model is surer than it is right. Above the bars: images.")));
        Gallery(page, "The mistakes it was surest of", "mistakes", evaluation, evaluation.SurestMistakes(Thumbnails), thumbnail, maps, note);
        Gallery(page, "The images it was least sure of", "least-certain", evaluation, evaluation.LeastCertain(Thumbnails), thumbnail, maps, note);
        if (receipt is not null)
        {
            Section(page, "What was frozen", FreezeMap.Of(receipt));
            Section(page, "Data", DataTable(document, receipt));
            Section(page, "Cost", CostTable(receipt));
        }

        return End(page);
    }

    private static void Summary(StringBuilder page, EvaluationDocument document)
    {
        var interval = document.AccuracyInterval;
        page.Append($"<h1>{Html(document.Model.Path)}</h1>")
            .Append(Paragraph(Text($"{document.Data.Images:N0} images of {document.Classes.Length} classes: ") + (document.Data.Split is { } split ? $"split {split} of {document.Data.Path}" : document.Data.Path)))
            .Append("<div class=\"tiles\" id=\"summary\">")
            .Append(Tile("accuracy", Text($"{100 * document.Accuracy:F1} %"), Text($"95 %: {100 * interval.Low:F1} to {100 * interval.High:F1}")))
            .Append(Tile("balanced accuracy", Text($"{100 * document.BalancedAccuracy:F1} %"), Text($"macro F1 {document.Macro.F1:F4}")))
            .Append(Tile(Text($"top {document.TopK.K}"), Text($"{100 * document.TopK.Accuracy:F1} %"), Text($"of {document.Classes.Length} classes")))
            .Append(Tile("ROC AUC", document.MacroRocAuc is { } area ? Text($"{area:F4}") : "-", "mean of classes"))
            .Append(Tile("loss", Text($"{document.Loss:F4}"), Text($"Brier score {document.BrierScore:F4}")))
            .Append("</div>\n");
    }

    private static string Tile(string name, string value, string more) =>
        $"<div><span>{Html(name)}</span><strong>{Html(value)}</strong><span>{Html(more)}</span></div>";

    private static string ClassTable(EvaluationDocument document) => Table(
        ["class", "precision", "recall", "F1", "ROC AUC", "images"],
        document.Classes.Select(one => new[]
        {
            one.Class, Text($"{one.Precision:F4}"), Text($"{one.Recall:F4}"), Text($"{one.F1:F4}"), one.RocAuc is { } area ? Text($"{area:F4}") : "-", Text($"{one.Support:N0}"),
        }));

    private static string ConfusionTable(EvaluationDocument document)
    {
        var html = new StringBuilder("<div class=\"wide\"><table id=\"confusion\" class=\"heat\"><thead><tr><th>class \\ answer</th>");
        foreach (var one in document.Classes)
        {
            html.Append($"<th scope=\"col\">{Html(one.Class)}</th>");
        }

        html.Append("</tr></thead><tbody>");
        foreach (var (row, one) in document.Confusion.Zip(document.Classes))
        {
            html.Append($"<tr><th scope=\"row\">{Html(one.Class)}</th>");
            foreach (var (answer, count) in row.Index())
            {
                var share = one.Support == 0 ? 0 : (double)count / one.Support;
                var right = document.Classes[answer].Class == one.Class;
                html.Append(Text($"<td class=\"{(right ? "right" : "wrong")}{(share > 0.55 ? " full" : "")}\" style=\"--share:{100 * share:F0}%\">{count:N0}</td>"));
            }

            html.Append("</tr>");
        }

        return html.Append("</tbody></table></div>").Append(Paragraph("A row is a class, a column what was answered; the darker, the larger the share of the class.")).ToString();
    }

    private static void Gallery(
        StringBuilder page, string title, string id, ClassifierEvaluation evaluation, IEnumerable<ClassifiedImage> images, Func<string, byte[]?> thumbnail,
        Func<ClassifiedImage, byte[]?> maps, string note)
    {
        var html = new StringBuilder($"<div class=\"gallery\" id=\"{id}\">");
        var any = false;
        foreach (var image in images)
        {
            any = true;
            var (answer, truth) = (evaluation.Classes[image.Answer], evaluation.Classes[image.Class]);
            ImageFigure.Add(
                html, image.Name, thumbnail(image.Name), $"<b>{Html(answer)}</b> {Text($"{100 * image.Confidence:F1} %")}{(image.IsRight ? ", right" : $", is <b>{Html(truth)}</b>")}", maps(image));
        }

        Section(page, title, any ? Paragraph(note) + html.Append("</div>") : Paragraph("There are none."));
    }

    private static string DataTable(EvaluationDocument document, Receipt receipt) => Facts(
        [
            ("folder", receipt.Spec.Data.Path),
            ("SHA-256", receipt.DataSha256),
            ("classes", string.Join(", ", receipt.Classes)),
            ("left out here", Text($"{document.Data.Unreadable:N0} images that cannot be read")),
            ("preprocessing", receipt.Preprocessing is { } choice ? choice.ToString() : "not stated"),
            .. receipt.Warnings.Select(warning => ("warning", warning)),
        ]);

    private static string CostTable(Receipt receipt) => Facts(
        [
            ("time", Amount.Duration(receipt.Seconds)),
            ("replicas", Text($"{receipt.Replicas}: {string.Join(", ", receipt.Devices)}")),
            .. (receipt.DeviceClasses ?? (receipt.Platform is { } platform ? [platform.Device] : [])).Select(device => ("computed on", device)),
            ("training steps", Amount.Rate(receipt.ImagesPerSecond)),
            .. receipt.Phases.Select((phase, i) => (Text($"phase {i + 1}"), Text($"boundary {phase.Boundary}, {phase.TrainableParameters:N0} parameters train and {phase.FrozenParameters:N0} are frozen, {Amount.Bytes(phase.AllReduceBytes)} exchanged per step, {phase.Steps:N0} steps") + (phase.KeptEpoch is { } kept ? Text($"; it ends with the weights of epoch {kept + 1}") : ""))),
            .. receipt.Predictions.Index().Select(phase => (Text($"phase {phase.Index + 1}, estimate"), Compared(phase.Item))),
            ("model SHA-256", receipt.ModelSha256),
            ("program", receipt.Program),
        ]);

    private static string Compared(PhaseComparison phase) =>
        (phase.Predicted is { } predicted ? $"{Amount.Duration(predicted.Seconds)} estimated; " : "")
        + $"first epoch {Amount.Duration(phase.FirstEpochSeconds)}" + (phase.OtherEpochsSeconds is { } others ? $", others {Amount.Duration(others)}" : "")
        + Text($"; features computed for {phase.FeaturesComputed:N0} images");

    private static string Facts(IEnumerable<(string Name, string Value)> facts) =>
        $"<dl>{string.Concat(facts.Select(fact => $"<dt>{Html(fact.Name)}</dt><dd>{Html(fact.Value)}</dd>"))}</dl>";
}
