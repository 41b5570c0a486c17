using System.Text.RegularExpressions;

namespace DistributedFreeze.Client.Tests.Documents;

/// <summary>A Markdown page of the repository.</summary>
/// <param name="path">Its path from the repository's root, with forward slashes.</param>
internal sealed partial class Page(string path)
{
    private readonly string _text = File.ReadAllText(RepositoryRoot.In(path));

    /// <summary>Every page that people read: at the root, in docs, beside the projects, the samples, the chart and the manifests.</summary>
    public static IEnumerable<string> All { get; } =
    [
        .. Directory.EnumerateFiles(RepositoryRoot.In(), "*.md"),
        .. ((string[])["docs", "src", "samples", "helm", "k8s"]).SelectMany(folder =>
            Directory.EnumerateFiles(RepositoryRoot.In(folder), "*.md", SearchOption.AllDirectories)),
    ];

    /// <summary>The pages that speak of the code itself, and not only of how it is used.</summary>
    public static IEnumerable<string> OfTheCode { get; } =
        All.Where(page => Path.GetRelativePath(RepositoryRoot.In(), page).Replace('\\', '/') is "CONTRIBUTING.md" or "docs/architecture.md" or "docs/protocol.md"
            || page.Contains("/docs/decisions/", StringComparison.Ordinal));

    /// <summary>What the page puts between backticks within its text.</summary>
    public IEnumerable<string> Code => CodeSpan().Matches(Fence().Replace(_text, "")).Select(match => match.Groups[1].Value);

    /// <summary>Names in the page's pictures that are written as types are: two capitals at least, and lower case between them.</summary>
    public IEnumerable<string> NamesInPictures =>
        ReadmeTests.Blocks("mermaid", _text).SelectMany(picture => TwoHumps().Matches(picture)).Select(match => match.Value);

    /// <summary>Where its links lead, those to other hosts left out.</summary>
    public IEnumerable<string> Links => LinkTarget().Matches(_text).Select(match => match.Groups[1].Value).Where(link => !link.Contains("://", StringComparison.Ordinal));

    /// <summary>What is wrong with a link of the page; null where nothing is.</summary>
    public string? ProblemOf(string link)
    {
        var parts = link.Split('#');
        var here = RepositoryRoot.In(path);
        var target = parts[0].Length == 0 ? here : Path.Combine(Path.GetDirectoryName(here)!, parts[0]);
        if (!Path.Exists(target))
        {
            return $"{path} links to {link}, which is not there";
        }

        return parts.Length == 1 || File.ReadAllLines(target).Where(line => line.StartsWith('#')).Select(Anchor).Contains(parts[1])
            ? null
            : $"{path} links to {link}, and {parts[0]} has no such heading";
    }

    private static string Anchor(string heading) =>
        NoAnchor().Replace(heading.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"\b[A-Z][a-z]+[A-Z]\w*")]
    private static partial Regex TwoHumps();

    [GeneratedRegex(@"\]\(([^)]+)\)")]
    private static partial Regex LinkTarget();

    [GeneratedRegex("[^a-z0-9 -]")]
    private static partial Regex NoAnchor();
}
