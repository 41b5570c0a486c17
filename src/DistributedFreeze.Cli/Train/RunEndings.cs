using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Train;

/// <summary>How a command ends that followed a run to its end.</summary>
internal static class RunEndings
{
    /// <param name="ended">The run's last event.</param>
    /// <param name="console">Told where the run was cancelled, or interrupted by others.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    /// <exception cref="InvalidInputException">Data, weights, output folder or checkpoint could not be used.</exception>
    /// <exception cref="RunFailedException">The run failed.</exception>
    public static int ExitCodeOf(RunEvent.Ended ended, CommandConsole console)
    {
        switch (ended.State)
        {
            case RunState.Succeeded:
                return ExitCode.Ok;
            case RunState.Interrupted:
                console.Interrupted(ended.Reason);
                return ExitCode.Cancelled;
            case RunState.Cancelled:
                console.Cancelled();
                return ExitCode.Cancelled;
            default:
                throw ended.Problems.IsEmpty
                    ? new RunFailedException(ended.Reason ?? "The run failed.")
                    : new InvalidInputException(ended.Problems);
        }
    }
}
