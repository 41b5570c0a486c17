using System.Globalization;
using System.Text;
using DistributedFreeze.Chaos.Checks;
using DistributedFreeze.Chaos.Scenarios;

namespace DistributedFreeze.Chaos.Commands;

/// <summary>Outcomes by kind, as a table in Markdown.</summary>
internal static class OutcomeTable
{
    public static string Of(IReadOnlyCollection<Outcome> outcomes)
    {
        var table = new StringBuilder();
        table.AppendLine("| kind | played | wrong | next step after, median / worst | longest gap between windows, median / worst | steps again, most | devices free after, median / worst |");
        table.AppendLine("|---|---|---|---|---|---|---|");
        foreach (var kind in outcomes.GroupBy(outcome => outcome.Scenario.Kind).OrderBy(kind => kind.Key))
        {
            var wrong = kind.Count(outcome => !outcome.Problems.IsEmpty);
            table.AppendLine(CultureInfo.InvariantCulture, $"| {Scenario.NameOf(kind.Key)} | {kind.Count()} | {wrong} | {Times(kind.Select(outcome => outcome.Recovery))} | {Times(kind.Select(outcome => outcome.Gap))} | {kind.Max(outcome => outcome.Repeated)} | {Times(kind.Select(outcome => outcome.Free))} |");
        }

        table.AppendLine(CultureInfo.InvariantCulture, $"| all | {outcomes.Count} | {outcomes.Count(outcome => !outcome.Problems.IsEmpty)} | | | | |");
        return table.ToString();
    }

    private static string Times(IEnumerable<double?> seconds)
    {
        var sorted = seconds.OfType<double>().Order().ToList();
        return sorted.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{sorted[sorted.Count / 2]:0.0} s / {sorted[^1]:0.0} s");
    }
}
