using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Train;

/// <summary>Shows a run's events while it lasts.</summary>
internal abstract class RunProgressView : IAsyncDisposable
{
    /// <summary>A live bar where a person watches, and a line now and then where a file does.</summary>
    public static RunProgressView For(CommandConsole console, RunSpec spec) =>
        console.ErrorIsTerminal && console.RichError().Profile.Capabilities.Ansi ? new RunProgressBar(console, spec) : new RunProgressLines(console, spec, TimeProvider.System);

    /// <summary>Takes note of an event.</summary>
    public abstract void Show(RunEvent happened);

    /// <summary>Says that the run was asked to stop. Thread-safe.</summary>
    public abstract void Stopping();

    /// <summary>Shows a warning that is none of the run's events.</summary>
    public abstract void Warn(string warning);

    /// <summary>Ends the display.</summary>
    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
