using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Doctor;
using DistributedFreeze.Cli.Watch;

namespace DistributedFreeze.Cli;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (ProbeProcess.Wanted(args) is { } probe)
        {
            return await ProbeProcess.ServeAsync(probe);
        }

        if (Watcher.Run(args) is { } exitCode)
        {
            return exitCode;
        }

        using var interruption = new Interruption();
        return await Dfreeze.RunAsync(HomeArguments.Expand(args), CommandConsole.OfProcess(), Runners.Embedded, interruption.Token);
    }
}
