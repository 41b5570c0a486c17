using System.CommandLine;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Remote;

/// <summary><c>dfreeze submit</c>: hands a run to a cluster and returns.</summary>
internal sealed class SubmitCommand(CommandConsole console)
{
    private readonly ClusterAccess _cluster = new();
    private readonly RunOptions _run = new();

    private readonly Option<string?> _id = new("--id")
    {
        Description = "The run's id; submitting it again starts nothing new [default: a new one]",
        HelpName = "ID",
    };

    private readonly Option<bool> _resume = new("--resume") { Description = "Go on from the checkpoint in the run's output folder" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    public Command Build()
    {
        var command = new Command(
            "submit",
            "Submits a run to a cluster and prints its id. Paths are the silo's: a full path is one on the silo's machine, "
            + "and a relative one counts from the silo's data or output root.");
        _cluster.AddTo(command);
        _run.AddTo(command);
        command.Add(_id);
        command.Add(_resume);
        command.Add(_json);
        command.SetAction((parsed, cancellationToken) =>
        {
            var spec = _run.Build(_run.Draft(parsed, pathsAsWritten: true), parsed);
            return _cluster.WithAsync(parsed, async client =>
            {
                var runId = await client.SubmitAsync(spec, parsed.GetValue(_resume), parsed.GetValue(_id), cancellationToken);
                if (parsed.GetValue(_json))
                {
                    console.Output.WriteLine(JsonSerializer.Serialize(new { RunId = runId }, RunJson.Compact));
                }
                else
                {
                    console.Output.WriteLine(runId);
                    console.Error.WriteLine($"submitted; follow it with: dfreeze watch {runId}");
                }

                return ExitCode.Ok;
            }, cancellationToken);
        });
        return command;
    }
}
