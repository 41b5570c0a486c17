using System.Diagnostics;

namespace DistributedFreeze.Chaos.Stage;

/// <summary>A small disk of its own for a run's output folder, which can be filled; only root can make one.</summary>
internal sealed class OutputDisk : IDisposable
{
    private const int Megabytes = 512;

    private readonly string _folder;

    private OutputDisk(string folder) => _folder = folder;

    /// <summary>Whether this process may make one.</summary>
    public static bool IsPossible => OperatingSystem.IsLinux() && Environment.UserName == "root";

    private string Filler => Path.Combine(_folder, "filler");

    /// <summary>Makes one in memory.</summary>
    public static OutputDisk Mount(string folder)
    {
        Directory.CreateDirectory(folder);
        Run("mount", "-t", "tmpfs", "-o", $"size={Megabytes}m", "dfreeze-chaos", folder);
        return new(folder);
    }

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        var block = new byte[1 << 20];
        using var filler = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            for (var i = 0; i <= Megabytes; i++)
            {
                filler.Write(block);
            }
        }
        catch (IOException)
        {
            // It is full, which was to be reached; what is left of a block is less than any file of a run.
        }
    }

    /// <summary>Gives the room back.</summary>
    public void Free() => File.Delete(Filler);

    public void Dispose() => Run("umount", "-l", _folder);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
        }
    }
}
