using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Coordination.Marks;

namespace DistributedFreeze.Cli.Watch;

/// <summary>
/// Runs a command that computes in a process of its own, and says during what and of what that process died where it could not say so itself.
/// </summary>
/// <remarks>
/// A crash in a native library, or a kill for lack of memory, ends a process at once: only another process can report it. Both write to the same
/// output and have the same terminal, whose Ctrl-C reaches both; requests that reach the watcher alone are passed on.
/// </remarks>
internal static class Watcher
{
    /// <summary>Environment variable; 0 leaves the command in one process, as a debugger likes it.</summary>
    public const string Variable = "DFREEZE_WATCH";

    /// <summary>Commands that compute on native libraries; the others only ask and write.</summary>
    private static readonly string[] Computing = ["train", "crossval", "demo", "advise", "sweep", "lr-find", "data", "predict", "evaluate", "compare", "export", "verify", "base"];

    /// <summary>Runs the command in a process of its own.</summary>
    /// <param name="args">The command line.</param>
    /// <returns>Its exit code; null where the command is to run in this process.</returns>
    public static int? Run(string[] args)
    {
        if (!IsWanted(args))
        {
            return null;
        }

        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.Inheritable);
        if (Start(args, pipe.GetClientHandleAsString()) is not { } process)
        {
            return null;
        }

        pipe.DisposeLocalCopyOfClientHandle();
        var requests = new Requests(pipe);
        using var stopping = PosixSignalRegistration.Create(PosixSignal.SIGINT, requests.PassOn);
        using var terminating = PosixSignalRegistration.Create(PosixSignal.SIGTERM, requests.PassOn);
        using (process)
        {
            process.WaitForExit();
            if (requests.Times > 1)
            {
                DeathReport.Forget(process.Id);
                return ExitCode.Interrupted;
            }

            if (process.ExitCode > DeathWords.SignalBase)
            {
                DeathReport.Write(CommandConsole.OfProcess(), process.Id, process.ExitCode - DeathWords.SignalBase);
            }

            return process.ExitCode;
        }
    }

    private static bool IsWanted(string[] args) =>
        !OperatingSystem.IsWindows()
        && !Watched.Is
        && Environment.GetEnvironmentVariable(Variable) != "0"
        && args is [var command, ..]
        && !args.Any(arg => arg.Contains('\uFFFD', StringComparison.Ordinal)) // bytes that no other process would be given; this one refuses them
        && (Computing.Contains(command, StringComparer.Ordinal) || (command == "plan" && (args.Contains("--measure", StringComparer.Ordinal) || args.Contains("--base", StringComparer.Ordinal))));

    private static Process? Start(string[] args, string pipe)
    {
        if (OwnProgram.Start(args) is not { } start)
        {
            return null;
        }

        start.Environment[Watched.Variable] = pipe;
        try
        {
            return Process.Start(start);
        }
        catch (Win32Exception)
        {
            return null; // no second process is to be had here
        }
    }

    /// <summary>Passes on to the process what its watcher is asked for.</summary>
    private sealed class Requests(AnonymousPipeServerStream pipe)
    {
        private int _times;

        public int Times => _times;

        public void PassOn(PosixSignalContext context)
        {
            context.Cancel = true;
            Interlocked.Increment(ref _times);
            try
            {
                pipe.WriteByte(1);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // The process has just ended.
            }
        }
    }
}
