using System.CommandLine;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Remote;

/// <summary><c>dfreeze submit</c>: hands a run to a cluster and returns.</summary>
internal sealed class SubmitCommand(CommandConsole console)
{
    private readonly ClusterAccess _cluster = new();
    private readonly RunOptions _run = new(console.Input);

    private readonly Option<string?> _id = new("--id")
    {
        Description = "The run's id; submitting it again starts nothing new [default: a new one]",
        HelpName = "ID",
    };

    private readonly Option<string> _priority = new("--priority")
    {
        Description = $"Runs with a higher one get devices first, -{RunSubmission.HighestPriority} to {RunSubmission.HighestPriority}",
        HelpName = "N",
        DefaultValueFactory = _ => "0",
    };

    private readonly Option<bool> _watch = new("--watch") { Description = "Follow the run to its end, as dfreeze watch does" };
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
        command.Add(_priority);
        command.Add(_resume);
        command.Add(_watch);
        command.Add(_json);
        command.SetAction((parsed, cancellationToken) =>
        {
            console.NameFields(_run.FieldNames(parsed));
            var weights = new NamedWeights(console) { ForCluster = true };
            var spec = weights.Locate(_run.Draft(parsed, pathsAsWritten: true)).Build();
            var priority = WholeNumber.Of(_priority, parsed, -RunSubmission.HighestPriority, RunSubmission.HighestPriority);
            return _cluster.WithAsync(parsed, async client =>
            {
                await weights.PullForClusterAsync(cancellationToken);
                var runId = await client.SubmitAsync(spec, parsed.GetValue(_resume), parsed.GetValue(_id), priority, cancellationToken);
                console.WarnOfRandomWeights(spec);

                var watch = parsed.GetValue(_watch);
                if (parsed.GetValue(_json))
                {
                    console.Output.WriteLine(JsonSerializer.Serialize(new { RunId = runId }, RunJson.Compact));
                }
                else
                {
                    console.Output.WriteLine(runId);
                    console.Error.WriteLine(watch ? "submitted" : $"submitted; follow it with: dfreeze watch {runId}");
                }

                return watch
                    ? await new RunWatch(console).ToTheEndAsync(client, runId, parsed.GetValue(_json), cancellationToken)
                    : ExitCode.Ok;
            }, cancellationToken);
        });
        return command;
    }
}
