using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Weights;

namespace DistributedFreeze.Cli.Weights;

/// <summary><c>dfreeze weights show</c>: what a file is, whether a run can begin with it, and every tensor with simple statistics.</summary>
internal sealed class WeightsShowCommand(CommandConsole console)
{
    private readonly Argument<string> _file = WeightsCommand.File();
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    public Command Build()
    {
        var command = new Command("show", "Says what a file of weights is, and lists its tensors.") { _file, _json };
        command.SetAction(parsed =>
        {
            using var file = WeightsCommand.Open(parsed, _file);
            var summary = WeightsSummary.Of(file);
            if (parsed.GetValue(_json))
            {
                WriteJson(file, summary);
            }
            else
            {
                WriteText(file, summary);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private void WriteJson(ITensorFile file, WeightsSummary summary) => console.Output.WriteLine(JsonSerializer.Serialize(
        new
        {
            file.Path,
            file.Format,
            summary.Names,
            file.Prefix,
            Architecture = summary.Table is { } whole ? RunEnums.NameOf(whole.Architecture.Architecture) : null,
            Graph = summary.Table is { } table ? RunEnums.NameOf(table.Graph) : null,
            summary.Problems,
            Tensors = file.Tensors.Select(info =>
            {
                var statistics = Statistics(file, info);
                return new
                {
                    Name = file.NameInFile(info.Name),
                    Layer = summary.Names is null ? null : info.Name,
                    info.Type,
                    info.Shape,
                    Mean = Number(statistics?.Mean),
                    StandardDeviation = Number(statistics?.StandardDeviation),
                    Min = Number(statistics?.Least),
                    Max = Number(statistics?.Greatest),
                    statistics?.NotFinite,
                };
            }),
        },
        RunJson.Indented));

    private void WriteText(ITensorFile file, WeightsSummary summary)
    {
        var bytes = new FileInfo(file.Path).Length;
        Line("file", $"{file.Path}, {file.Format}, {Amount.Bytes(bytes)}");
        Line("tensors", $"{Count(file.Tensors.Count)}, {Count(file.Tensors.Sum(info => info.Elements))} numbers ({string.Join(", ", file.Tensors.Select(info => info.Type).Distinct().Order(StringComparer.Ordinal))})");
        Line("names", summary.Names is { } names ? $"{names}{(file.Prefix.Length > 0 ? $", behind '{file.Prefix}'" : "")}" : "none that are known for a ResNet");
        if (summary.Table is { } table)
        {
            Line("base", $"a whole {table.Architecture.Name} of graph {RunEnums.NameOf(table.Graph)}");
            Line("beside", summary.Others.Length == 0
                ? "nothing"
                : $"{string.Join(", ", summary.Others.Take(3).Select(info => $"{file.NameInFile(info.Name)} {Shape(info)}"))}{(summary.Others.Length > 3 ? $" and {summary.Others.Length - 3} more" : "")}; a run has a head of its own");
            Line("use", $"dfreeze train --weights {ShellWord.Of(file.Path)}{NetworkOptions.Of(table)} --data FOLDER");
        }
        else
        {
            foreach (var problem in summary.Problems)
            {
                Line("base", problem);
            }
        }

        console.Output.WriteLine();
        WriteTable(file);
    }

    /// <summary>Columns as wide as what is in them: names of tensors are no use cut in pieces.</summary>
    private void WriteTable(ITensorFile file)
    {
        List<string[]> rows = [["TENSOR", "TYPE", "SHAPE", "MEAN", "STD", "MIN", "MAX"]];
        foreach (var info in file.Tensors.OrderBy(info => file.NameInFile(info.Name), StringComparer.Ordinal))
        {
            var statistics = Statistics(file, info);
            var notFinite = statistics is { NotFinite: > 0 and var count } ? $" ({Count(count)} NaN or infinite)" : "";
            rows.Add(
            [
                file.NameInFile(info.Name) + notFinite,
                info.Type,
                Shape(info),
                Short(statistics?.Mean),
                Short(statistics?.StandardDeviation),
                Short(statistics?.Least),
                Short(statistics?.Greatest),
            ]);
        }

        const int FirstNumber = 3;
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            console.Output.WriteLine(string.Join("  ", row.Select((cell, column) => column < FirstNumber ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))));
        }
    }

    /// <summary>Null for a type that is not read as numbers.</summary>
    private static TensorStatistics? Statistics(ITensorFile file, TensorInfo info) =>
        info.Type is "F32" or "F16" or "BF16" or "F64" or "I64" ? TensorStatistics.Of(file.Read(info.Name)) : null;

    private void Line(string name, string text) => console.Output.WriteLine($"{name,-8} {text}");

    private static string Shape(TensorInfo info) => $"({string.Join(", ", info.Shape)})";

    private static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Short(double? number) => number is { } value && double.IsFinite(value) ? value.ToString("0.000e+0", CultureInfo.InvariantCulture) : "-";

    private static double? Number(double? number) => number is { } value && double.IsFinite(value) ? value : null;
}
