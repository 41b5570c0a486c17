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
    private readonly Option<string> _skip = new("--skip") { Description = "How many of the latest to leave out", HelpName = "N", DefaultValueFactory = _ => "0" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON array and nothing else" };

    public Command Build()
    {
        var command = new Command("runs", "Lists the runs of a cluster, the latest first.") { _take, _skip, _json };
        _cluster.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var take = WholeNumber.Of(_take, parsed, 1, Most);
            var skip = WholeNumber.Of(_skip, parsed, 0, int.MaxValue);
            return _cluster.WithAsync(parsed, async client =>
            {
                var runs = await client.ListAsync(skip, take, cancellationToken);
                if (parsed.GetValue(_json))
                {
                    // A receipt lists every frozen layer: show has it.
                    console.Output.WriteLine(JsonSerializer.Serialize(runs.Select(run => console.Fields.In(run with { Receipt = null })), RunJson.Compact));
                }
                else
                {
                    Table(runs, skip);
                    if (runs.Length == take)
                    {
                        console.Error.WriteLine($"there may be more: --skip {skip + take} lists them");
                    }
                }

                return ExitCode.Ok;
            }, cancellationToken);
        });
        return command;
    }

    private void Table(IReadOnlyCollection<RunStatus> runs, int skipped)
    {
        if (runs.Count == 0)
        {
            console.Output.WriteLine(skipped == 0 ? "No runs yet." : "No further runs.");
            return;
        }

        var table = new Table { Border = TableBorder.Simple };
        var hasOwners = runs.Any(run => run.Owner is not null);
        string[] names = ["Run", "State", .. hasOwners ? (string[])["Owner"] : [], "Epochs", "Priority", "Devices", "Submitted", "Output"];
        foreach (var name in names)
        {
            table.AddColumn(new TableColumn(name) { Padding = new Padding(0, 0, 1, 0), NoWrap = name != "Output" });
        }

        foreach (var run in runs)
        {
            string[] cells =
            [
                run.RunId,
                RunStatusText.State(run),
                .. hasOwners ? (string[])[run.Owner is null ? "-" : PlainText.Line(run.Owner)] : [],
                RunStatusText.Epochs(run),
                run.Priority.ToString(CultureInfo.InvariantCulture),
                RunStatusText.Devices(run),
                RunStatusText.Time(run.SubmittedAt),
                run.Spec?.Output ?? "-",
            ];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }

        console.Rich().Write(table);
    }
}
