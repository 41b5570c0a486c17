using System.Diagnostics;

namespace DistributedFreeze.TestKit;

/// <summary>A Python of this machine that has a module, to ask others' programs what is right.</summary>
public static class Python
{
    // Debian's modules are its own Python's, whatever comes first in the path.
    private static readonly string[] Pythons = ["/usr/bin/python3", "python3"];

    /// <summary>Runs a script; skips the test where no Python has the modules.</summary>
    /// <param name="modules">What it imports, such as <c>torch, torchvision</c>.</param>
    /// <param name="package">What Debian calls the package.</param>
    /// <param name="script">The script.</param>
    /// <param name="input">Its standard input.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>Its standard output.</returns>
    public static string Run(string modules, string package, string script, string input = "", params string[] arguments)
    {
        var python = Array.Find(Pythons, python => Start(python, $"import {modules}", "", []) is { ExitCode: 0 });
        if (python is null)
        {
            Assert.Skip($"No Python here has {modules} (Debian: apt-get install --no-install-recommends {package}).");
        }

        var (exitCode, output, error) = Start(python, script, input, arguments)!.Value;
        Assert.True(exitCode == 0, error);
        return output;
    }

    /// <returns>Null where there is no such program.</returns>
    private static (int ExitCode, string Output, string Error)? Start(string python, string script, string input, string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, ["-c", script, .. arguments])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.GetAwaiter().GetResult());
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
