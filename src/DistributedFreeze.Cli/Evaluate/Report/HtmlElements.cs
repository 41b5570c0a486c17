using System.Globalization;
using System.Net;
using System.Text;

namespace DistributedFreeze.Cli.Evaluate.Report;

/// <summary>What pages are made of that ask nothing of any network: they open from a disk, print, and follow light and dark. Pure and thread-safe.</summary>
internal static class HtmlElements
{
    // No script and nothing from elsewhere, whatever a file or class is called.
    private const string Policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

    /// <summary>A page up to where its content begins; <see cref="End"/> ends it.</summary>
    /// <param name="title">For the window.</param>
    public static StringBuilder Begin(string title) => new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
        .Append($"<meta http-equiv=\"Content-Security-Policy\" content=\"{Policy}\">")
        .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">")
        .Append($"<title>{Html(title)}</title><style>{ReportStyle.Css}</style></head><body><main>\n");

    /// <summary>The page whole.</summary>
    public static string End(StringBuilder page) => page.Append("</main></body></html>\n").ToString();

    /// <param name="page">Receives it.</param>
    /// <param name="title">Text.</param>
    /// <param name="content">HTML.</param>
    public static void Section(StringBuilder page, string title, string content) => page.Append($"<section><h2>{Html(title)}</h2>{content}</section>\n");

    /// <summary>A table of texts, whose first column names the rows.</summary>
    public static string Table(IEnumerable<string> names, IEnumerable<string[]> rows) =>
        $"<div class=\"wide\"><table><thead><tr>{string.Concat(names.Select(name => $"<th>{Html(name)}</th>"))}</tr></thead><tbody>"
        + string.Concat(rows.Select(row => $"<tr>{string.Concat(row.Select((cell, i) => i == 0 ? $"<th scope=\"row\">{Html(cell)}</th>" : $"<td>{Html(cell)}</td>"))}</tr>"))
        + "</tbody></table></div>";

    /// <param name="text">Text.</param>
    public static string Paragraph(string text) => $"<p>{Html(text)}</p>";

    /// <summary>Text as HTML.</summary>
    public static string Html(string text) => WebUtility.HtmlEncode(text);

    /// <summary>Numbers in text, the same in every country.</summary>
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
