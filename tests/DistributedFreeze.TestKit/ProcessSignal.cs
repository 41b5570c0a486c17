using System.Diagnostics;

namespace DistributedFreeze.TestKit;

/// <summary>Signals to processes that tests have started.</summary>
public static class ProcessSignal
{
    /// <param name="process">The process.</param>
    /// <param name="signal">Name of the signal, such as <c>STOP</c>.</param>
    public static async Task SendAsync(Process process, string signal)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
