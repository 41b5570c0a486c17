using System.Text.RegularExpressions;
using DistributedFreeze.Fields;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>What rows of <see cref="RunFields"/> say of a record's members: ranges of numbers, and that a value has a name.</summary>
internal static partial class FieldRules
{
    /// <summary>Judges the members of a record that have rows; those without a range, and groups, are left to others.</summary>
    /// <param name="record">The record, such as an <see cref="OptimizerSpec"/>.</param>
    /// <param name="field">Its place, such as <c>phases[0].optimizer</c>.</param>
    /// <param name="problems">Receives what is wrong.</param>
    public static void Check(object record, string field, ProblemList problems)
    {
        var group = Number().Replace(field, "[]") + ".";
        var members = RunJson.Compact.GetTypeInfo(record.GetType()).Properties.ToDictionary(member => member.Name, StringComparer.Ordinal);
        foreach (var row in RunFields.All.Where(row => row.Path.StartsWith(group, StringComparison.Ordinal) && !row.Path[group.Length..].Contains('.', StringComparison.Ordinal)))
        {
            Check(row, members[row.Json[(row.Json.LastIndexOf('.') + 1)..]].Get!(record), $"{field}.{row.Name}", problems);
        }
    }

    private static void Check(RunField row, object? value, string field, ProblemList problems)
    {
        switch (value, row.Range)
        {
            case (int whole, { } range):
                problems.Whole(field, whole, (long)range.Min, (long)range.Max);
                break;
            case (double number, { } range):
                problems.Real(field, number, Interval.Of(range));
                break;
            case (Enum name, _) when !Enum.IsDefined(name.GetType(), name) && RunEnums.Of(name.GetType()) is { } names:
                problems.Add(field, $"is {name}, but must be one of {string.Join(", ", names.All)}");
                break;
            default:
                break;
        }
    }

    [GeneratedRegex(@"\[[0-9]+\]", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
