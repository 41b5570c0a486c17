using System.Text.RegularExpressions;

namespace DistributedFreeze.Client.Tests.Documents;

/// <summary>The types, namespaces and files that the repository has, by its sources: pages name tests too, which no assembly here references.</summary>
internal sealed partial class SourceNames
{
    private readonly ILookup<string, string> _sources;
    private readonly HashSet<string> _namespaces;

    public SourceNames()
    {
        var sources = ((string[])["src", "tests"])
            .SelectMany(folder => Directory.EnumerateFiles(RepositoryRoot.In(folder), "*.cs", SearchOption.AllDirectories))
            .Where(path => !BuildOutput().IsMatch(path))
            .Select(File.ReadAllText)
            .ToList();
        _sources = sources
            .SelectMany(source => Declaration().Matches(source).Select(match => (Type: match.Groups[1].Value, Source: source)))
            .ToLookup(declared => declared.Type, declared => declared.Source, StringComparer.Ordinal);
        _namespaces = [.. sources.SelectMany(source => Namespace().Matches(source)).Select(match => match.Groups[1].Value)];
    }

    /// <summary>What is wrong with a piece of code in a page; null where nothing is, or where it names nothing of the repository's.</summary>
    /// <param name="code">A type, such as <c>RunGrain</c>; a member behind it, such as <c>RunGrain.StartAsync</c>; a namespace, a project or a path.</param>
    public string? ProblemOf(string code)
    {
        if (PathInRepository().IsMatch(code))
        {
            return Path.Exists(RepositoryRoot.In(code)) ? null : $"there is no {code}";
        }

        if (!TypeName().IsMatch(code))
        {
            return null;
        }

        if (code.StartsWith("DistributedFreeze.", StringComparison.Ordinal))
        {
            var isProject = ((string[])["src", "tests"]).Any(folder => Directory.Exists(RepositoryRoot.In(folder, code)));
            return isProject || _namespaces.Contains(code) ? null : $"there is no project and no namespace {code}";
        }

        var parts = code.Split('.');
        foreach (var (owner, member) in parts.Zip(parts.Skip(1)))
        {
            if (!_sources[owner].Any(source => Regex.IsMatch(source, $@"\b{member}\b")))
            {
                return $"there is no {owner} with a {member}";
            }
        }

        return _sources.Contains(parts[0]) ? null : $"there is no type {parts[0]}";
    }

    [GeneratedRegex(@"[/\\](bin|obj)[/\\]")]
    private static partial Regex BuildOutput();

    [GeneratedRegex(@"\b(?:class|interface|enum|record|struct|delegate \S+) ([A-Z]\w*)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    /// <summary>Capital first and a small letter somewhere: <c>DFREEZE_CACHE</c> is a variable and <c>V</c> a number.</summary>
    [GeneratedRegex(@"^(?=.*[a-z])[A-Z]\w*(\.[A-Z]\w*)*$")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"^(src|tests|docs|samples|helm|k8s|build|\.ci|\.github)/[\w./-]+$")]
    private static partial Regex PathInRepository();
}
