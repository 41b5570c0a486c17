using System.Diagnostics;
using System.Reflection;

namespace DistributedFreeze.Cli.Watch;

/// <summary>This program once more, in a process of its own.</summary>
internal static class OwnProgram
{
    /// <summary>How to start it.</summary>
    /// <param name="args">Its command line.</param>
    /// <returns>Null where this process is another program, which only uses the command's parts.</returns>
    public static ProcessStartInfo? Start(IEnumerable<string> args)
    {
        if (Assembly.GetEntryAssembly() != typeof(OwnProgram).Assembly)
        {
            return null;
        }

        // Either dfreeze itself, or dotnet with dfreeze.dll.
        var program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        foreach (var arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        return start;
    }
}
