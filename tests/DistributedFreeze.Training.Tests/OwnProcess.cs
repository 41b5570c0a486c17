using System.Diagnostics;

namespace DistributedFreeze.Training;

/// <summary>Runs one explicit test of this program in a process in which no other test has left anything behind.</summary>
internal static class OwnProcess
{
    /// <summary>Fails with what the test said, unless it passed.</summary>
    public static void Passes(Type tests, string method)
    {
        using var child = Process.Start(new ProcessStartInfo(
            Environment.ProcessPath!, ["-method", $"{tests.FullName}.{method}", "-explicit", "only", "-noColor"])
        {
            RedirectStandardOutput = true,
        })!;
        var said = child.StandardOutput.ReadToEnd();
        child.WaitForExit();

        Assert.True(said.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", StringComparison.Ordinal), said);
        Assert.Equal(0, child.ExitCode);
    }
}
