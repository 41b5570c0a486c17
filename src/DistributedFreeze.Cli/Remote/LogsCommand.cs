using System.CommandLine;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Client;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Remote;

/// <summary><c>dfreeze logs</c>: what happened to a run, a line for each event.</summary>
internal sealed class LogsCommand(CommandConsole console)
{
    private readonly ClusterAccess _cluster = new();
    private readonly Option<bool> _follow = new("--follow", "-f") { Description = "Go on with what happens next, to the end of the run" };
    private readonly Option<string> _after = new("--after")
    {
        Description = "Leave out the events up to this number",
        HelpName = "N",
        DefaultValueFactory = _ => "0",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object for each event, a line each, and nothing else" };

    public Command Build()
    {
        var run = RunArgument.Create(_cluster);
        var command = new Command("logs", "Prints what has happened to a run, a line for each event.") { run, _follow, _after, _json };
        _cluster.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var runId = RunArgument.Of(parsed, run);
            var after = WholeNumber.Of(_after, parsed, 0, int.MaxValue);
            return _cluster.WithAsync(parsed, client => PrintAsync(client, runId, after, parsed, cancellationToken), cancellationToken);
        });
        return command;
    }

    private async Task<int> PrintAsync(DistributedFreezeClient client, string runId, long after, ParseResult parsed, CancellationToken cancellationToken)
    {
        var run = await client.GetAsync(runId, client.RetryTimeout, cancellationToken);
        console.NameFields(run.Spec);
        var last = parsed.GetValue(_follow) ? long.MaxValue : run.LastEvent;
        if (after >= last)
        {
            return ExitCode.Ok;
        }

        var json = parsed.GetValue(_json);
        await foreach (var happened in client.WatchAsync(runId, after, cancellationToken))
        {
            var named = console.Fields.In(happened);
            console.Output.WriteLine(json ? RunEventJson.Of(named) : RunEventText.Line(named));
            if (happened.Sequence >= last)
            {
                break;
            }
        }

        return ExitCode.Ok;
    }
}
