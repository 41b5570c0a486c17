using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Demo;
using DistributedFreeze.Cli.Train;

namespace DistributedFreeze.Cli;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        var console = CommandConsole.OfProcess();
        using var interruption = new Interruption();
        return await Dfreeze.RunAsync(args, console, new(Train, Demo), interruption.Token);

        Task<int> Train(TrainRequest request, CancellationToken cancellationToken) => NotAvailable("train");

        Task<int> Demo(DemoRequest request, CancellationToken cancellationToken) => NotAvailable("demo");

        async Task<int> NotAvailable(string command)
        {
            await console.Error.WriteLineAsync($"error: {command}: not available in this build");
            return ExitCode.Failed;
        }
    }
}
