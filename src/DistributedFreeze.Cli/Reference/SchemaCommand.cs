using System.CommandLine;
using DistributedFreeze.Cli.CommandLine;

namespace DistributedFreeze.Cli.Reference;

/// <summary><c>dfreeze schema</c>: what a run file may say, for editors and for people.</summary>
internal sealed class SchemaCommand(CommandConsole console)
{
    private readonly Option<bool> _reference = new("--reference") { Description = "Print the reference for people instead, in Markdown" };
    private readonly Option<bool> _sweep = new("--sweep") { Description = "Print the schema of a sweep's file instead" };

    public Command Build()
    {
        var command = new Command("schema", "Prints the JSON schema of run files, by which editors check and complete them.") { _reference, _sweep };
        command.SetAction(parsed =>
        {
            console.Output.Write(parsed.GetValue(_reference) ? RunFileReference.Markdown() : parsed.GetValue(_sweep) ? SweepFileSchema.Json() : RunFileSchema.Json());
            return ExitCode.Ok;
        });
        return command;
    }
}
