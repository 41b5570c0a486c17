using System.Text.RegularExpressions;

namespace DistributedFreeze.Deployment.Manifests;

/// <summary>Settings that the silo reads, as its source has them; the silo itself would bring libtorch.</summary>
internal static partial class SiloSettings
{
    /// <summary>Variables that other parts read.</summary>
    private static readonly string[] Others = ["ASPNETCORE_URLS", "DFREEZE_CACHE", "DFREEZE_LIBTORCH", "Logging__LogLevel__Default", "REDIS_PASSWORD"]; // the last stands in the connection string

    private static readonly Lazy<Dictionary<string, (string Type, string Name)[]>> Types = new(ReadTypes);

    /// <summary>Whether something reads this variable.</summary>
    public static bool Knows(string variable)
    {
        const string Section = "DistributedFreeze__";
        if (!variable.StartsWith(Section, StringComparison.Ordinal))
        {
            return Others.Contains(variable);
        }

        return Leads("SiloOptions", variable[Section.Length..].Split("__"));
    }

    private static bool Leads(string type, ReadOnlySpan<string> path)
    {
        if (path.Length == 0)
        {
            return !Types.Value.ContainsKey(type) && !type.EndsWith("[]", StringComparison.Ordinal);
        }

        if (type.EndsWith("[]", StringComparison.Ordinal))
        {
            return Index().IsMatch($"__{path[0]}") && Leads(type[..^2], path[1..]);
        }

        var name = path[0];
        var property = Types.Value.GetValueOrDefault(type, []).SingleOrDefault(property => property.Name == name);
        return property.Name is not null && Leads(property.Type, path[1..]);
    }

    private static Dictionary<string, (string Type, string Name)[]> ReadTypes()
    {
        var types = new Dictionary<string, (string, string)[]>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(RepositoryRoot.In("src/DistributedFreeze.Silo"), "*Options.cs", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(file);
            var starts = TypeStart().Matches(text);
            for (var i = 0; i < starts.Count; i++)
            {
                var end = i + 1 < starts.Count ? starts[i + 1].Index : text.Length;
                types[starts[i].Groups[1].Value] =
                [
                    .. Property().Matches(text[starts[i].Index..end]).Select(match => (match.Groups[1].Value, match.Groups[2].Value)),
                ];
            }
        }

        return types;
    }

    [GeneratedRegex(@"\b(?:record|class) (\w+Options)\b")]
    private static partial Regex TypeStart();

    [GeneratedRegex(@"public (?:required )?([\w.]+(?:\[\])?)\?? (\w+) \{ get;")]
    private static partial Regex Property();

    [GeneratedRegex("__[0-9]+$")]
    private static partial Regex Index();
}
