using System.Globalization;
using System.Text.RegularExpressions;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>What a path may not be, whatever there is on a disk.</summary>
internal static partial class PathRules
{
    /// <summary>Linux takes no longer one.</summary>
    private const int Longest = 4_095;

    /// <summary>Of a file or folder that is read.</summary>
    public static void Check(string field, string path, ProblemList problems)
    {
        if (path.Length > Longest)
        {
            problems.Add(field, $"must have at most {Longest:N0} characters, got {path.Length:N0}");
        }
        else if (path.FirstOrDefault(char.IsControl) is var control && path.Any(char.IsControl))
        {
            problems.Add(field, string.Create(CultureInfo.InvariantCulture, $"'{Shown(path)}' holds the control character U+{(int)control:X4}, which no sensible path does"));
        }
        else if (Home().IsMatch(path))
        {
            problems.Add(field, $"'{path}' begins with a ~ that nothing replaces by a home folder here; write the full path, or ./{path} for a folder of that name");
        }
        else if (Variable().Match(path) is { Success: true } variable)
        {
            problems.Add(field, $"'{path}' holds {variable.Groups["name"].Value}, and variables are not replaced here; write the path out");
        }
        else if (Url().IsMatch(path))
        {
            problems.Add(field, $"'{path}' is a URL, but must be a path of a file system; mount it, or copy what it names");
        }
    }

    /// <summary>Of a folder that a run makes.</summary>
    public static void CheckNew(string field, string path, ProblemList problems)
    {
        if (path.Length <= Longest && path.Trim().Length != path.Length)
        {
            problems.Add(field, $"'{Shown(path)}' begins or ends with white space, which a folder's name had better not");
            return;
        }

        Check(field, path, problems);
    }

    private static string Shown(string path) => string.Concat(path.Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : $"{c}"));

    [GeneratedRegex(@"\A~[^/]*(?:/|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex Home();

    [GeneratedRegex(@"(?:\A|/)(?<name>\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*\}))(?:/|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex Variable();

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9+.-]*://", RegexOptions.CultureInvariant)]
    private static partial Regex Url();
}
