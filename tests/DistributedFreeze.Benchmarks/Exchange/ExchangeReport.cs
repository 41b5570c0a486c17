using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace DistributedFreeze.Benchmarks.Exchange;

/// <summary>Prints what was timed.</summary>
internal static class ExchangeReport
{
    public static string Json(IReadOnlyList<ExchangeTimes> rows) => JsonSerializer.Serialize(new
    {
        rows = rows.Select(row => new
        {
            vector = row.Vector,
            processes = row.Processes,
            oursSeconds = row.Ours,
            glooSeconds = row.Gloo,
            ratio = row.Ratio?.Value,
            min = row.Ratio?.Min,
            max = row.Ratio?.Max,
        }),
    });

    public static Table Table(IReadOnlyList<ExchangeTimes> rows)
    {
        var table = new Table().AddColumns("processes", "vector", "ours, ms", "gloo, ms", "ratio", "min", "max");
        foreach (var row in rows)
        {
            table.AddRow(
                $"{row.Processes}", row.Vector, Number(row.Ours * 1e3), Number(row.Gloo * 1e3), Number(row.Ratio?.Value), Number(row.Ratio?.Min), Number(row.Ratio?.Max));
        }

        return table;
    }

    private static string Number(double? value) => value?.ToString("N2", CultureInfo.InvariantCulture) ?? "-";
}
