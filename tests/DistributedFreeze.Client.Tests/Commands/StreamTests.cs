using System.Diagnostics;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary>The built command where its output or its errors cannot be written.</summary>
[Slow]
public sealed class StreamTests
{
    [Theory]
    [InlineData("plan --classes 4 | true", 141, "")] // nobody reads
    [InlineData("plan --classes 4 > /dev/full", 1, "error: The output cannot be written: No space left on device.")]
    [InlineData("plan --classes 4 >&-", 1, "error: The output cannot be written: Bad file descriptor.")]
    [InlineData("plan --classes 4 2>&- | cat", 0, "")]
    [InlineData("plan --classes 4 2> /dev/full | cat", 0, "")]
    [InlineData("plan --classes 1 2>&- | cat", 2, "")]
    [InlineData("plan --classes 1 2> /dev/full | cat", 2, "")]
    [InlineData("plan --classes 1 >&- 2>&-", 2, "")]
    public async Task ACommand_EndsAsItShould(string line, int exitCode, string error)
    {
        var command = $"{Environment.ProcessPath switch { { } host when Path.GetFileName(host) == "dotnet" => host, _ => "dotnet" }} {Path.Combine(AppContext.BaseDirectory, "dfreeze.dll")}";
        var start = new ProcessStartInfo("bash", ["-c", $"{command} {line}; exit ${{PIPESTATUS[0]}}"]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await output;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((exitCode, error), (process.ExitCode, said.Trim()));
    }
}
