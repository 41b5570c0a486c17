using System.CommandLine;
using DistributedFreeze.Cli.Advise;
using DistributedFreeze.Cli.Bases;
using DistributedFreeze.Cli.Cache;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Completion;
using DistributedFreeze.Cli.Contexts;
using DistributedFreeze.Cli.Crossval;
using DistributedFreeze.Cli.DataChecks;
using DistributedFreeze.Cli.Demo;
using DistributedFreeze.Cli.Doctor;
using DistributedFreeze.Cli.Evaluate;
using DistributedFreeze.Cli.Export;
using DistributedFreeze.Cli.Plan;
using DistributedFreeze.Cli.Rates;
using DistributedFreeze.Cli.Reference;
using DistributedFreeze.Cli.Remote;
using DistributedFreeze.Cli.Serve;
using DistributedFreeze.Cli.Sweeps;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Cli.Verify;
using DistributedFreeze.Cli.Weights;

namespace DistributedFreeze.Cli;

/// <summary>The command <c>dfreeze</c>: from arguments to an exit code.</summary>
internal static class Dfreeze
{
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static Task<int> RunAsync(
        IReadOnlyList<string> args, CommandConsole console, Runners runners, CancellationToken cancellationToken) =>
        Outcome.OfAsync(console, async () =>
        {
            RawArguments.RequireUtf8(args);

            // A path or a glob may begin with @; nothing here reads arguments from files.
            var parsed = Root(console, runners).Parse(
                args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
            CommandLineProblems.ThrowIfAny(parsed);

            // Exceptions and signals are answered in one place, Outcome and Interruption, and not by the parser's own handlers.
            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = console.Output,
                    Error = console.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                },
                cancellationToken);
        }, cancellationToken);

    private static RootCommand Root(CommandConsole console, Runners runners) =>
        new("Fine-tunes a pre-trained ResNet with most of its layers frozen.")
        {
            new PlanCommand(console).Build(),
            new AdviseCommand(console).Build(),
            new SweepCommand(console).Build(),
            new LrFindCommand(console).Build(),
            new TrainCommand(console, runners.Train).Build(),
            new CrossvalCommand(console).Build(),
            new SubmitCommand(console).Build(),
            new WatchCommand(console).Build(),
            new RunsCommand(console).Build(),
            new ShowCommand(console).Build(),
            new LogsCommand(console).Build(),
            RunActionCommand.Pause(console).Build(),
            RunActionCommand.Resume(console).Build(),
            RunActionCommand.Cancel(console).Build(),
            RunActionCommand.Delete(console).Build(),
            new DownloadCommand(console).Build(),
            new DevicesCommand(console).Build(),
            new ContextCommand(console).Build(),
            new ExportCommand(console).Build(),
            new PredictCommand(console).Build(),
            new ServeCommand(console).Build(),
            new EvaluateCommand(console).Build(),
            new CompareCommand(console).Build(),
            new VerifyCommand(console).Build(),
            new DemoCommand(console, runners.Demo).Build(),
            new DoctorCommand(console).Build(),
            new DataCommand(console).Build(),
            new CacheCommand(console, TimeProvider.System).Build(),
            new WeightsCommand(console).Build(),
            new BaseCommand(console).Build(),
            new SchemaCommand(console).Build(),
            new CompletionCommand(console).Build(),
            new ManualCommand(console).Build(),
        };
}

/// <summary>What the commands that train hand their request to.</summary>
/// <param name="Train">Runs <c>dfreeze train</c> and returns its exit code.</param>
/// <param name="Demo">Runs <c>dfreeze demo</c> and returns its exit code.</param>
internal sealed record Runners(
    Func<TrainRequest, CancellationToken, Task<int>> Train,
    Func<DemoRequest, CancellationToken, Task<int>> Demo)
{
    /// <summary>Both on a silo inside this process.</summary>
    public static Runners Embedded { get; } = new(
        (request, cancellationToken) =>
            new EmbeddedRun(request.Console).RunAsync(request.Spec, request.Resume, request.Json, cancellationToken, request.Results),
        DemoRun.RunAsync);
}
