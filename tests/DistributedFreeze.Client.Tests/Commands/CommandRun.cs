using DistributedFreeze.Cli;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Demo;
using DistributedFreeze.Cli.Train;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary>One command line, run in this process, and what came of it.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Error, TrainRequest? Train, DemoRequest? Demo)
{
    public string[] ErrorLines => Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>With a silo inside this process, as the built command has it.</summary>
    public static async Task<CommandRun> EmbeddedAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var console = new CommandConsole(output, error, outputIsTerminal: false, errorIsTerminal: false);
        var exitCode = await Dfreeze.RunAsync(args, console, Runners.Embedded, TestContext.Current.CancellationToken);
        return new(exitCode, output.ToString(), error.ToString(), null, null);
    }

    public static Task<CommandRun> OfAsync(params string[] args) =>
        OfAsync(args, (_, _) => Task.FromResult(0), TestContext.Current.CancellationToken);

    /// <summary>With something piped into it.</summary>
    public static async Task<CommandRun> PipedAsync(byte[] input, params string[] args)
    {
        using var stream = new MemoryStream(input);
        return await OfAsync(args, (_, _) => Task.FromResult(0), TestContext.Current.CancellationToken, stream);
    }

    public static async Task<CommandRun> OfAsync(
        string[] args, Func<TrainRequest, CancellationToken, Task<int>> train, CancellationToken cancellationToken, Stream? input = null)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        TrainRequest? trained = null;
        DemoRequest? shown = null;
        var exitCode = await Dfreeze.RunAsync(
            args,
            new CommandConsole(output, error, outputIsTerminal: false, errorIsTerminal: false, input),
            new(
                (request, token) =>
                {
                    trained = request;
                    return train(request, token);
                },
                (request, _) =>
                {
                    shown = request;
                    return Task.FromResult(0);
                }),
            cancellationToken);
        return new(exitCode, output.ToString(), error.ToString(), trained, shown);
    }
}
