using DistributedFreeze.Client;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Training.Native;

namespace DistributedFreeze.Cli.CommandLine;

/// <summary>The outermost layer: turns whatever ends a command into an exit code and one line for each problem.</summary>
internal static class Outcome
{
    /// <summary>Environment variable; 1 shows the stack of an unexpected error.</summary>
    public const string TraceVariable = "DFREEZE_TRACE";

    public static async Task<int> OfAsync(CommandConsole console, Func<Task<int>> command, CancellationToken cancellationToken)
    {
        try
        {
            return await command();
        }
        catch (InvalidInputException invalid)
        {
            foreach (var problem in invalid.Problems)
            {
                console.Fail(problem);
            }

            return ExitCode.BadInput;
        }
        catch (OutputLostException lost)
        {
            if (lost.IsUnwanted)
            {
                return ExitCode.Unread;
            }

            console.Fail($"The output cannot be written: {lost.Message}.");
            return ExitCode.Failed;
        }
        catch (RunNotFoundException unknown)
        {
            console.Fail($"{unknown.Message} dfreeze runs lists those that there are.");
            return ExitCode.BadInput;
        }
        catch (Exception known) when (known is ClusterUnavailableException or ArtefactDamagedException or RunFailedException or QuotaExceededException
            or LibTorchException or InferenceException)
        {
            console.Fail(known.Message);
            Trace(console, known);
            return ExitCode.Failed;
        }
        catch (Exception unanswered) when (unanswered is OrleansException or TimeoutException)
        {
            console.Fail($"A silo did not answer, or not in time: try again; {TraceVariable}=1 shows what was asked of it.");
            Trace(console, unanswered);
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            console.Interrupted();
            return ExitCode.Interrupted;
        }
        catch (Exception unexpected)
        {
            // Nobody is left above to answer it, and a stack is no answer to the person who typed the command.
            console.Fail($"{unexpected.GetType().Name}: {unexpected.Message} (this was not expected; {TraceVariable}=1 shows where)");
            Trace(console, unexpected);
            return ExitCode.Failed;
        }
    }

    private static void Trace(CommandConsole console, Exception reason)
    {
        if (Environment.GetEnvironmentVariable(TraceVariable) == "1")
        {
            console.Error.WriteLine(reason);
        }
    }
}
