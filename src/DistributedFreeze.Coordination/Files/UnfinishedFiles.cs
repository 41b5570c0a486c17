namespace DistributedFreeze.Coordination.Files;

/// <summary>Files of this process that are not whole yet, so that a process which ends in the middle of a write leaves none. Thread-safe.</summary>
/// <remarks>No lock is held while the system is asked for anything: a file system that hangs holds up those who write there, and nobody else.</remarks>
public static class UnfinishedFiles
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<string> Paths = new(StringComparer.Ordinal);
    private static bool _isOver;

    /// <summary>Deletes them, and lets no other be begun. For a process that ends without waiting for its threads.</summary>
    public static void GiveUp()
    {
        string[] unfinished;
        lock (Gate)
        {
            _isOver = true;
            unfinished = [.. Paths];
        }

        foreach (var path in unfinished)
        {
            try
            {
                RootedFiles.Delete(path);
            }
            catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
            {
                // Whoever writes the file next removes it.
            }
        }
    }

    /// <summary>Creates a file that is not whole until <see cref="End"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="create">Creates it.</param>
    /// <exception cref="IOException">The process is ending.</exception>
    internal static T Begin<T>(string path, Func<string, T> create)
        where T : IDisposable
    {
        lock (Gate)
        {
            if (_isOver)
            {
                throw Ending(path);
            }

            Paths.Add(path);
        }

        try
        {
            var file = RootedFiles.Create(path, create);
            lock (Gate)
            {
                if (!_isOver)
                {
                    return file;
                }
            }

            file.Dispose(); // it appeared behind GiveUp's back
            RootedFiles.Delete(path);
            throw Ending(path);
        }
        catch
        {
            End(path);
            throw;
        }
    }

    /// <summary>Removes a file that has not become whole, where it is still there.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    internal static void Remove(string path)
    {
        try
        {
            RootedFiles.Delete(path);
        }
        finally
        {
            End(path);
        }
    }

    /// <summary>The file is whole and has its own name, or is gone.</summary>
    internal static void End(string path)
    {
        lock (Gate)
        {
            Paths.Remove(path);
        }
    }

    private static IOException Ending(string path) => new($"{path} is not written: the process is ending.");
}
