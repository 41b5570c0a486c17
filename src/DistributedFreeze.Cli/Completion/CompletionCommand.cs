using System.CommandLine;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.Completion;

/// <summary><c>dfreeze completion</c>: prints what lets a shell complete the command line.</summary>
internal sealed class CompletionCommand(CommandConsole console)
{
    private readonly Argument<string?> _shell = new("SHELL") { Description = "bash, zsh, fish or pwsh", Arity = ArgumentArity.ZeroOrOne };

    public Command Build()
    {
        _shell.CompletionSources.Add([.. CompletionScripts.All.Keys]);
        var command = new Command("completion", "Prints a script that lets a shell complete commands, options, runs and contexts.") { _shell };
        command.SetAction(parsed =>
        {
            console.Output.Write(CompletionScripts.All.TryGetValue(parsed.GetValue(_shell) ?? "", out var script)
                ? script
                : throw new InvalidInputException(_shell.Name, $"must be bash, fish, pwsh or zsh, got '{parsed.GetValue(_shell)}'"));
            return ExitCode.Ok;
        });
        return command;
    }
}
