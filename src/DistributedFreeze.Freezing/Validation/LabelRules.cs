using System.Text.RegularExpressions;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>Labels are short, few and plain: they stand in lists, in addresses of requests and in the names of Prometheus's labels.</summary>
internal static partial class LabelRules
{
    public static void Check(RunLabels labels, ProblemList problems)
    {
        if (!problems.Present("labels", labels) || labels.IsEmpty)
        {
            return;
        }

        if (labels.All.Length > RunLabels.Most)
        {
            problems.Add("labels", $"must be at most {RunLabels.Most}, got {labels.All.Length:N0}");
            return;
        }

        if (labels.All.Any(label => label is null))
        {
            problems.Add("labels", "has one that is null, but must have a name and a value for each");
            return;
        }

        foreach (var (name, value) in labels.All)
        {
            if (!Names().IsMatch(name ?? ""))
            {
                problems.Add("labels", $"has '{Short(name)}', but a name must be 1 to 63 lower-case letters, digits, '_' and '-' and begin with a letter");
            }
            else if (!Values().IsMatch(value ?? ""))
            {
                problems.Add("labels", $"has '{Short(value)}' for '{name}', but must have 1 to 63 letters, digits and characters of ._:/@+- there");
            }
        }

        // Prometheus knows no '-' in names.
        foreach (var same in labels.All.GroupBy(label => label.Name?.Replace('-', '_'), StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            problems.Add("labels", $"has {string.Join(" and ", same.Select(label => $"'{Short(label.Name)}'"))}, which are one name to metrics; keep one of them");
        }
    }

    private static string Short(string? text) => text is null ? "" : text.Length <= 64 ? text : $"{text[..64]}...";

    [GeneratedRegex(RunLabels.NamePattern + "(?!\n)", RegexOptions.CultureInvariant)]
    private static partial Regex Names();

    [GeneratedRegex(RunLabels.ValuePattern + "(?!\n)", RegexOptions.CultureInvariant)]
    private static partial Regex Values();
}
