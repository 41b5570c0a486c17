using System.CommandLine;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Results;

namespace DistributedFreeze.Cli.Remote;

/// <summary><c>dfreeze watch</c>: a run's progress as <c>train</c> shows it, to its end.</summary>
internal sealed class WatchCommand(CommandConsole console)
{
    private readonly ClusterAccess _cluster = new();
    private readonly ResultOptions _results = new();
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object for each event, a line each, and nothing else" };

    public Command Build()
    {
        var run = RunArgument.Create(_cluster);
        var command = new Command("watch", "Follows a run to its end. Ctrl-C ends the watching, not the run.") { run, _json };
        _results.AddTo(command);
        _cluster.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var runId = RunArgument.Of(parsed, run);
            var results = _results.Of(parsed);
            return _cluster.WithAsync(
                parsed,
                client => new RunWatch(console).ToTheEndAsync(client, runId, parsed.GetValue(_json), cancellationToken, results),
                cancellationToken);
        });
        return command;
    }
}
