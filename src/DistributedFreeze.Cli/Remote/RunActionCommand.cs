using System.CommandLine;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Client;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Remote;

/// <summary>A command that asks one thing of a run and returns: <c>dfreeze pause</c>, <c>resume</c>, <c>cancel</c> and <c>delete</c>.</summary>
internal sealed class RunActionCommand(
    CommandConsole console, string name, string description, string done, Func<DistributedFreezeClient, string, CancellationToken, Task> action)
{
    private readonly ClusterAccess _cluster = new();
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    public static RunActionCommand Pause(CommandConsole console) => new(
        console, "pause", "Asks a run to halt after its current step, with a checkpoint and without devices, and returns at once.",
        "was asked to halt; dfreeze resume lets it go on", (client, run, cancellationToken) => client.PauseAsync(run, cancellationToken));

    public static RunActionCommand Resume(CommandConsole console) => new(
        console, "resume", "Lets a run go on that is paused, was interrupted or has failed.",
        "goes on", (client, run, cancellationToken) => client.ResumeAsync(run, cancellationToken));

    public static RunActionCommand Cancel(CommandConsole console) => new(
        console, "cancel", "Gives a run up after its current step, without a checkpoint, and returns at once.",
        "was asked to end", (client, run, cancellationToken) => client.CancelAsync(run, cancellationToken));

    public static RunActionCommand Delete(CommandConsole console) => new(
        console, "delete", "Forgets a run that has ended; its output folder stays.",
        "is forgotten", (client, run, cancellationToken) => client.DeleteAsync(run, cancellationToken));

    public Command Build()
    {
        var run = RunArgument.Create(_cluster);
        var command = new Command(name, description) { run, _json };
        _cluster.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var runId = RunArgument.Of(parsed, run);
            return _cluster.WithAsync(parsed, async client =>
            {
                await action(client, runId, cancellationToken);
                if (parsed.GetValue(_json))
                {
                    console.Output.WriteLine(JsonSerializer.Serialize(new { RunId = runId }, RunJson.Compact));
                }
                else
                {
                    console.Error.WriteLine($"{runId} {done}");
                }

                return ExitCode.Ok;
            }, cancellationToken);
        });
        return command;
    }
}
