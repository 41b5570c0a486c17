using DistributedFreeze.Coordination.Outputs;

namespace DistributedFreeze.Cli.Sweeps;

/// <summary>A folder that nobody else writes into as long as this is not disposed of.</summary>
internal sealed class HeldFolder : IDisposable
{
    private readonly IDisposable _hold;
    private readonly List<string> _made;

    private HeldFolder(IDisposable hold, List<string> made) => (_hold, _made) = (hold, made);

    /// <summary>Takes hold of a folder, and makes it where it is missing.</summary>
    /// <param name="path">Full path.</param>
    /// <returns>Null where another process has hold of it.</returns>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static HeldFolder? TryTake(string path)
    {
        List<string> made = [];
        for (var folder = path; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            made.Add(folder);
        }

        Directory.CreateDirectory(path);
        return new OutputFolder(path).TryHold() is { } hold ? new(hold, made) : null;
    }

    /// <summary>Lets go, and takes away the folders that it made and that are empty still.</summary>
    public void Dispose()
    {
        foreach (var folder in _made)
        {
            try
            {
                Directory.Delete(folder);
            }
            catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
            {
                break; // something is in it
            }
        }

        _hold.Dispose();
    }
}
