namespace DistributedFreeze.Chaos.Stage;

/// <summary>A small disk of its own for a run's output folder, which can be filled, made read-only and taken away; only root can make one.</summary>
internal sealed class OutputDisk : IDisposable
{
    private const int Megabytes = 512;
    private const int MostTries = 100;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly string _disk;
    private readonly string _folder;

    private OutputDisk(string disk, string folder) => (_disk, _folder) = (disk, folder);

    /// <summary>Whether this process may make one.</summary>
    public static bool IsPossible => OperatingSystem.IsLinux() && Environment.UserName == "root";

    private string Filler => Path.Combine(_disk, "filler");

    /// <summary>Makes one in memory.</summary>
    /// <param name="folder">Where it is to be found.</param>
    public static OutputDisk Mount(string folder)
    {
        var disk = folder + ".disk";
        Directory.CreateDirectory(disk);
        Directory.CreateDirectory(folder);
        Programs.Run("mount", "-t", "tmpfs", "-o", $"size={Megabytes}m", "dfreeze-chaos", disk);
        Programs.Run("mount", "--bind", disk, folder);
        return new(disk, folder);
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

    /// <summary>Lets nobody write to the folder, or lets them again.</summary>
    public async Task ProtectAsync(bool isReadOnly)
    {
        // Refused while a file is open to be written to.
        for (var tries = 1; !Programs.TryRun(out _, "mount", "-o", $"remount,bind,{(isReadOnly ? "ro" : "rw")}", _folder); tries++)
        {
            if (tries == MostTries)
            {
                throw new InvalidOperationException($"{_folder} could not be made {(isReadOnly ? "read-only" : "writable")}.");
            }

            await Task.Delay(Pause);
        }
    }

    /// <summary>Takes the folder's disk away: what was in the folder is gone.</summary>
    public void Remove() => Programs.Run("umount", "-l", _folder);

    /// <summary>Brings the disk back with what was on it.</summary>
    public void Return() => Programs.Run("mount", "--bind", _disk, _folder);

    public void Dispose()
    {
        Programs.TryRun(out _, "umount", "-l", _folder); // it may have been taken away
        Programs.Run("umount", "-l", _disk);
    }
}
