using System.CommandLine;
using DistributedFreeze.Cli.CommandLine;

namespace DistributedFreeze.Cli.Bases;

/// <summary><c>dfreeze base</c>: ONNX models as frozen bases.</summary>
internal sealed class BaseCommand(CommandConsole console)
{
    public Command Build() => new("base", "Shows ONNX models that can be the frozen base of a run.")
    {
        new BaseShowCommand(console).Build(),
    };
}
