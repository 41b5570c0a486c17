using System.Collections.Immutable;
using System.Text;
using DistributedFreeze.Cli.Evaluate.Report;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Checks;
using static DistributedFreeze.Cli.Evaluate.Report.HtmlElements;

namespace DistributedFreeze.Cli.DataChecks;

/// <summary>What a check found as one page that asks nothing of any network: it opens from a disk, prints, and follows light and dark.</summary>
internal static class DataCheckPage
{
    /// <summary>Groups or images of a gallery: each carries its picture, and a page of thousands would not open.</summary>
    private const int MostShown = 60;

    private const int MostMembers = 6;

    /// <param name="check">What was found.</param>
    /// <param name="thumbnail">Makes a JPEG of an image; null where it cannot be read any more.</param>
    public static string Of(DataCheck check, Func<CheckedImage, byte[]?> thumbnail)
    {
        var title = $"{Path.GetFileName(check.Path.TrimEnd('/'))}: images to train on";
        var page = Begin(title);
        page.Append($"<h1>{Html(check.Path)}</h1>")
            .Append(Paragraph(Text($"{check.Images.Count:N0} images of {check.Classes.Length:N0} classes. {DataCheckText.Looks(check.Images)}.")));
        Section(page, "Warnings", check.Warnings.IsEmpty ? Paragraph("There are none.") : List("warnings", check.Warnings));
        if (check.Labels is { } labels)
        {
            Section(page, "Labels that are probably wrong", Labels(check, labels, thumbnail));
        }

        Section(page, "Duplicates", Groups("duplicates", check.Duplicates, "Files with the same content.", thumbnail));
        if (check.NearDuplicates is { } near)
        {
            Section(page, "Near duplicates", Groups("near-duplicates", near, "Images that are nearly the same to the frozen base, by the cosine of their features.", thumbnail));
        }

        Section(page, "Classes", Table(
            ["class", "train", "validation", "test"],
            check.Classes.Select(one => new[] { one.Name, Text($"{one.Train:N0}"), Text($"{one.Validation:N0}"), Text($"{one.Test:N0}") })));
        Section(page, "Files", Files("Left out, since they cannot be read", check.Unreadable)
            + Files("Named for another format than they have, and used all the same", check.Misnamed) + Files("Not looked into", check.Ignored)
            + Paragraph($"SHA-256 of what a run takes: {check.DataSha256}"));
        return End(page);
    }

    private static string Labels(DataCheck check, ImmutableArray<SuspectedLabel> labels, Func<CheckedImage, byte[]?> thumbnail)
    {
        if (labels.IsEmpty)
        {
            return Paragraph("No image looks like another class than its own.");
        }

        var html = new StringBuilder(Paragraph(Text($"{labels.Length:N0} of {check.Images.Count:N0} images look like another class to classifiers that have not seen them, the most suspicious first. A suspicion is no proof: look before you move anything."))).Append("<div class=\"gallery\" id=\"labels\">");
        foreach (var label in labels.Take(MostShown))
        {
            ImageFigure.Add(html, label.Image.Path, thumbnail(label.Image), Text($"<b>{Html(label.LooksLike)}</b> {100 * label.Other:F1}&#160;%, labelled <b>{Html(label.Image.Class)}</b> {100 * label.Given:F1}&#160;%"));
        }

        return html.Append("</div>").Append(More(labels.Length, MostShown)).ToString();
    }

    private static string Groups(string id, ImmutableArray<DuplicateGroup> groups, string what, Func<CheckedImage, byte[]?> thumbnail)
    {
        if (groups.IsEmpty)
        {
            return Paragraph("There are none.");
        }

        var html = new StringBuilder(Paragraph($"{what} {DataCheckText.Counted(groups)}.")).Append($"<div id=\"{id}\">");
        foreach (var group in groups.Take(MostShown))
        {
            html.Append("<div class=\"gallery\">");
            foreach (var image in group.Images.Take(MostMembers))
            {
                ImageFigure.Add(html, image.Path, thumbnail(image), $"<b>{Html(image.Class)}</b>, {DataCheckText.SplitName(image.Split)}{(group.Similarity is { } cosine ? Text($", {cosine:F3}") : "")}");
            }

            html.Append("</div>").Append(More(group.Images.Length, MostMembers));
        }

        return html.Append("</div>").Append(More(groups.Length, MostShown)).ToString();
    }

    private static string Files(string title, ImmutableArray<ReportedFile> files) => files.IsEmpty
        ? ""
        : $"<h3>{Html(title)}</h3>{List("", files.Take(MostShown).Select(file => file.ToString()))}{More(files.Length, MostShown)}";

    private static string List(string id, IEnumerable<string> items) =>
        $"<ul{(id.Length > 0 ? $" id=\"{id}\"" : "")}>{string.Concat(items.Select(item => $"<li>{Html(item)}</li>"))}</ul>";

    private static string More(int all, int shown) => all > shown ? Paragraph(Text($"And {all - shown:N0} more, which --json names.")) : "";
}
