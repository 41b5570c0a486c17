using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Demo;
using DistributedFreeze.Cli.Train;

namespace DistributedFreeze.Cli;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        using var interruption = new Interruption();
        return await Dfreeze.RunAsync(args, CommandConsole.OfProcess(), new(Train, DemoRun.RunAsync), interruption.Token);
    }

    private static Task<int> Train(TrainRequest request, CancellationToken cancellationToken) =>
        new EmbeddedRun(request.Console).RunAsync(request.Spec, request.Resume, request.Json, cancellationToken);
}
