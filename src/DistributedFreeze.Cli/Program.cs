using DistributedFreeze.Cli.CommandLine;

namespace DistributedFreeze.Cli;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        using var interruption = new Interruption();
        return await Dfreeze.RunAsync(HomeArguments.Expand(args), CommandConsole.OfProcess(), Runners.Embedded, interruption.Token);
    }
}
