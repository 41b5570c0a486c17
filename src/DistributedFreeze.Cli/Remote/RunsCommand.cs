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
    private readonly Option<string[]> _label = new("--label") { Description = "Only runs with this label, such as team=vision, or team for any value; several times for several", HelpName = "NAME=VALUE" };
    private readonly Option<string?> _owner = new("--owner") { Description = "Only runs of this owner", HelpName = "NAME" };
    private readonly Option<string[]> _state = new("--state") { Description = "Only runs in this state, such as failed; several times for any of several", HelpName = "STATE" };
    private readonly Option<string?> _since = new("--since") { Description = "Only runs submitted then or later: a time in ISO 8601, UTC where it says no other", HelpName = "TIME" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON array and nothing else" };

    public Command Build()
    {
        var command = new Command("runs", "Lists the runs of a cluster, the latest first.") { _label, _owner, _state, _since, _take, _skip, _json };
        _state.CompletionSources.Add([.. RunEnums.State.All]);
        _cluster.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var take = WholeNumber.Of(_take, parsed, 1, Most);
            var skip = WholeNumber.Of(_skip, parsed, 0, int.MaxValue);
            var filter = Filter(parsed);
            return _cluster.WithAsync(parsed, async client =>
            {
                var runs = await client.ListAsync(filter, skip, take, cancellationToken);
                if (parsed.GetValue(_json))
                {
                    // A receipt lists every frozen layer: show has it.
                    console.Output.WriteLine(JsonSerializer.Serialize(runs.Select(run => console.Fields.In(run with { Receipt = null })), RunJson.Compact));
                }
                else
                {
                    Table(runs, skip, filter);
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

    /// <exception cref="InvalidInputException">An option has no right value.</exception>
    private RunFilter Filter(ParseResult parsed) => new()
    {
        Labels = [.. (parsed.GetValue(_label) ?? []).SelectMany(labels => labels.Split(',', StringSplitOptions.TrimEntries)).Select(Label)],
        Owner = parsed.GetValue(_owner),
        States = [.. (parsed.GetValue(_state) ?? []).SelectMany(states => states.Split(',', StringSplitOptions.TrimEntries)).Select(State)],
        Since = parsed.GetValue(_since) is { } since ? Time(since) : null,
    };

    private LabelFilter Label(string text)
    {
        try
        {
            return LabelFilter.Parse(text);
        }
        catch (InvalidInputException refused)
        {
            throw new InvalidInputException(_label.Name, refused.Problems[0].Message);
        }
    }

    private RunState State(string word) => RunEnums.State.Find(word)
        ?? throw new InvalidInputException(_state.Name, $"must be {string.Join(", ", RunEnums.State.All)}, got '{word}'");

    private DateTimeOffset Time(string text) => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
        ? time
        : throw new InvalidInputException(_since.Name, $"must be a time in ISO 8601, such as 2026-01-31T12:00:00Z, got '{text}'");

    private void Table(IReadOnlyCollection<RunStatus> runs, int skipped, RunFilter filter)
    {
        if (runs.Count == 0)
        {
            console.Output.WriteLine(skipped > 0 ? "No further runs." : filter.IsEmpty ? "No runs yet." : "No such runs.");
            return;
        }

        var table = new Table { Border = TableBorder.Simple };
        var hasOwners = runs.Any(run => run.Owner is not null);
        var hasLabels = runs.Any(run => run.Spec is { Labels.IsEmpty: false });
        string[] names =
        [
            "Run", "State", .. hasOwners ? (string[])["Owner"] : [], .. hasLabels ? (string[])["Labels"] : [], "Epochs", "Priority", "Devices", "Submitted", "Output",
        ];
        foreach (var name in names)
        {
            table.AddColumn(new TableColumn(name) { Padding = new Padding(0, 0, 1, 0), NoWrap = name is not ("Output" or "Labels") });
        }

        foreach (var run in runs)
        {
            string[] cells =
            [
                run.RunId,
                RunStatusText.State(run),
                .. hasOwners ? (string[])[run.Owner is null ? "-" : PlainText.Line(run.Owner)] : [],
                .. hasLabels ? (string[])[run.Spec is { Labels.IsEmpty: false } spec ? RunStatusText.Labels(spec.Labels) : "-"] : [],
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
