using System.CommandLine;
using DistributedFreeze.Cli.CommandLine;

namespace DistributedFreeze.Cli.Reference;

/// <summary><c>dfreeze manual</c>: the manual page.</summary>
internal sealed class ManualCommand(CommandConsole console)
{
    public Command Build()
    {
        var command = new Command("manual", "Prints the manual page, to be kept as dfreeze.1 where man looks for it.");
        command.SetAction(parsed =>
        {
            console.Output.Write(ManualPage.Of(parsed.RootCommandResult.Command));
            return ExitCode.Ok;
        });
        return command;
    }
}
