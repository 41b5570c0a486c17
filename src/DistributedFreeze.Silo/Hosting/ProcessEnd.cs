using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using DistributedFreeze.Coordination.Files;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>Ends the process where waiting for its parts to end has no sense any more.</summary>
internal static class ProcessEnd
{
    /// <summary>A file system that hangs keeps no silo from ending.</summary>
    private static readonly TimeSpan ClearingTime = TimeSpan.FromSeconds(1);

    /// <summary>Writes out what was logged, and ends the process at once.</summary>
    /// <remarks>
    /// Native libraries are not taken down while their threads compute: an orderly exit may crash in them, and the supervisor would see that
    /// crash instead of the exit code.
    /// </remarks>
    /// <param name="exitCode">One of <see cref="SiloExitCode"/>.</param>
    /// <param name="logs">Those that log; they are disposed, which is what makes them write.</param>
    [DoesNotReturn]
    public static void Now(int exitCode, IEnumerable<ILoggerProvider> logs)
    {
        // A silo that was stopped may wake in the middle of writing a checkpoint that nobody waits for any more.
        var clearing = new Thread(UnfinishedFiles.GiveUp) { IsBackground = true };
        clearing.Start();
        clearing.Join(ClearingTime);
        foreach (var log in logs)
        {
            log.Dispose();
        }

        Console.Out.Flush();
        Console.Error.Flush();
        if (OperatingSystem.IsLinux())
        {
            ExitAtOnce(exitCode);
        }

        Environment.Exit(exitCode);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void ExitAtOnce(int exitCode);
}
