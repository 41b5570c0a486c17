using System.CommandLine;
using DistributedFreeze.Cli.CommandLine;

namespace DistributedFreeze.Cli.DataChecks;

/// <summary><c>dfreeze data</c>: what is in a folder of images.</summary>
internal sealed class DataCommand(CommandConsole console)
{
    public Command Build() => new("data", "Looks at folders of images before anything trains on them.")
    {
        new DataCheckCommand(console).Build(),
    };
}
