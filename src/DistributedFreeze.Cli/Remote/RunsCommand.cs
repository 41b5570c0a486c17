using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using Spectre.Console;

namespace DistributedFreeze.Cli.Remote;

/// <summary><c>dfreeze runs</c>: the runs that a cluster knows, the latest first.</summary>
internal sealed class RunsCommand(CommandConsole console)
{
    private const int Most = 1000;

    private readonly ClusterAccess _cluster = new();
    private readonly Option<string> _take = new("--take") { Description = "How many at most, 1 to 1000", HelpName = "N", DefaultValueFactory = _ => "50" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON array and nothing else" };

    public Command Build()
    {
        var command = new Command("runs", "Lists the runs of a cluster, the latest first.") { _take, _json };
        _cluster.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var take = Take(parsed);
            return _cluster.WithAsync(parsed, async client =>
            {
                var runs = await client.ListAsync(0, take, cancellationToken);
                if (parsed.GetValue(_json))
                {
                    // A receipt lists every frozen layer: show has it.
                    console.Output.WriteLine(JsonSerializer.Serialize(runs.Select(run => run with { Receipt = null }), RunJson.Compact));
                }
                else
                {
                    Table(runs);
                }

                return ExitCode.Ok;
            }, cancellationToken);
        });
        return command;
    }

    private int Take(ParseResult parsed)
    {
        var text = parsed.GetRequiredValue(_take);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var take) && take is >= 1 and <= Most
            ? take
            : throw new InvalidInputException(_take.Name, $"must be a whole number from 1 to {Most}, got '{text}'");
    }

    private void Table(IReadOnlyCollection<RunStatus> runs)
    {
        if (runs.Count == 0)
        {
            console.Output.WriteLine("No runs yet.");
            return;
        }

        var table = new Table { Border = TableBorder.Simple };
        foreach (var name in (string[])["Run", "State", "Epochs", "Submitted", "Output"])
        {
            table.AddColumn(new TableColumn(name) { Padding = new Padding(0, 0, 1, 0), NoWrap = name != "Output" });
        }

        foreach (var run in runs)
        {
            string[] cells = [run.RunId, RunStatusText.State(run), RunStatusText.Epochs(run), RunStatusText.Submitted(run), run.Spec?.Output ?? "-"];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }

        console.Rich().Write(table);
    }
}
