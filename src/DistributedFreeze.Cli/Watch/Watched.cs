using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;

namespace DistributedFreeze.Cli.Watch;

/// <summary>A watched process's side: it hears from its watcher what it was asked to do, and ends when its watcher has ended.</summary>
internal static class Watched
{
    /// <summary>Environment variable by which a watcher tells its process the pipe between them.</summary>
    public const string Variable = "DFREEZE_WATCHER";

    /// <summary>True in a process that is watched.</summary>
    public static bool Is => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 };

    /// <summary>Listens to the watcher; does nothing where there is none.</summary>
    /// <param name="asked">Called with the number of times that the watcher was asked to stop.</param>
    public static void Listen(Action<int> asked)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } handle)
        {
            return;
        }

        Environment.SetEnvironmentVariable(Variable, null); // what this process starts is watched by nobody
        if (!int.TryParse(handle, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return;
        }

        new Thread(() => Listen(handle, asked)) { IsBackground = true, Name = "watcher" }.Start();
    }

    private static void Listen(string handle, Action<int> asked)
    {
        using var pipe = new AnonymousPipeClientStream(PipeDirection.In, handle);
        for (var times = 1; pipe.ReadByte() >= 0; times++)
        {
            asked(times);
        }

        // Whoever killed the watcher meant the command: as one process it would have ended at once, and nobody reads its exit code any more.
        Process.GetCurrentProcess().Kill();
    }
}
