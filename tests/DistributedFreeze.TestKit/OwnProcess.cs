using System.Diagnostics;

namespace DistributedFreeze.TestKit;

/// <summary>Runs one explicit test of this program in a process in which no other test has left anything behind.</summary>
public static class OwnProcess
{
    /// <summary>Fails with what the test said, unless it passed.</summary>
    /// <param name="tests">The test's class.</param>
    /// <param name="method">Its name.</param>
    /// <param name="environment">Variables that the process has beside those of this one.</param>
    /// <returns>What it wrote to its output.</returns>
    public static string Passes(Type tests, string method, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["-method", $"{tests.FullName}.{method}", "-explicit", "only", "-noColor"])
        {
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var child = Process.Start(start)!;
        var said = child.StandardOutput.ReadToEnd();
        child.WaitForExit();

        Assert.True(said.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", StringComparison.Ordinal), said);
        Assert.Equal(0, child.ExitCode);
        return said;
    }
}
