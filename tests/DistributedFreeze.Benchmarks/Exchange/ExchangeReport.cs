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
            tcpSeconds = row.Tcp,
            glooSeconds = row.Gloo,
            ratio = row.Ratio?.Value,
            min = row.Ratio?.Min,
            max = row.Ratio?.Max,
            tcpRatio = row.TcpRatio?.Value,
            tcpMin = row.TcpRatio?.Min,
            tcpMax = row.TcpRatio?.Max,
        }),
    });

    public static Table Table(IReadOnlyList<ExchangeTimes> rows)
    {
        var table = new Table().AddColumns("processes", "vector", "ours, ms", "ours over TCP, ms", "gloo, ms", "ratio", "over TCP");
        foreach (var row in rows)
        {
            table.AddRow(
                $"{row.Processes}", row.Vector, Number(row.Ours * 1e3), Number(row.Tcp * 1e3), Number(row.Gloo * 1e3), Range(row.Ratio), Range(row.TcpRatio));
        }

        return table;
    }

    private static string Range(Ratio? ratio) => ratio is null ? "-" : $"{Number(ratio.Value)} ({Number(ratio.Min)}..{Number(ratio.Max)})";

    private static string Number(double? value) => value?.ToString("N2", CultureInfo.InvariantCulture) ?? "-";
}
