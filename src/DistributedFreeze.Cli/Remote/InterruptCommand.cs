using System.CommandLine;
using DistributedFreeze.Cli.CommandLine;

namespace DistributedFreeze.Cli.Remote;

/// <summary><c>dfreeze interrupt</c>: asks a run to end after its current step.</summary>
internal sealed class InterruptCommand(CommandConsole console)
{
    private readonly ClusterAccess _cluster = new();
    private readonly Argument<string?> _run = RunArgument.Create();

    public Command Build()
    {
        var command = new Command("interrupt", "Asks a run to end after its current step and to leave a checkpoint, and returns at once.") { _run };
        _cluster.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var runId = RunArgument.Of(parsed, _run);
            return _cluster.WithAsync(parsed, async client =>
            {
                await client.InterruptAsync(runId, cancellationToken);
                console.Error.WriteLine($"{runId} was asked to end; submit its run file with --resume to go on");
                return ExitCode.Ok;
            }, cancellationToken);
        });
        return command;
    }
}
