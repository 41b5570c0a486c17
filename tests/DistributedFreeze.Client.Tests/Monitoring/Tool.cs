using System.Diagnostics;

namespace DistributedFreeze.Client.Tests.Monitoring;

/// <summary>A command of somebody else's, where it is installed.</summary>
internal static class Tool
{
    /// <summary>Skips the test where one of the tools is missing.</summary>
    public static void Require(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            Assert.SkipWhen(SearchPath.Find(name) is null, $"There is no {name} here.");
        }
    }

    /// <summary>Runs it to its end.</summary>
    /// <returns>What it wrote, to wherever.</returns>
    public static async Task<string> RunAsync(string name, string[] arguments, string input)
    {
        using var process = Process.Start(
            new ProcessStartInfo(name, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return await output + await errors;
    }
}
