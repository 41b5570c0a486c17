namespace DistributedFreeze.Training.Runs;

/// <summary>Files of this process that are not whole yet, so that a process which ends in the middle of a write leaves none. Thread-safe.</summary>
public static class UnfinishedFiles
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<string> Open = new(StringComparer.Ordinal);
    private static bool _isOver;

    /// <summary>Deletes them, and lets no other be begun. For a process that ends without waiting for its threads.</summary>
    public static void GiveUp()
    {
        lock (Gate)
        {
            _isOver = true;
            foreach (var path in Open)
            {
                try
                {
                    File.Delete(path);
                }
                catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
                {
                    // Whoever writes the file next removes it.
                }
            }
        }
    }

    /// <summary>Opens a file that is not whole until <see cref="End"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="open">Creates it; runs alone, so that none appears behind <see cref="GiveUp"/>'s back.</param>
    /// <exception cref="IOException">The process is ending.</exception>
    internal static T Begin<T>(string path, Func<string, T> open)
    {
        lock (Gate)
        {
            if (_isOver)
            {
                throw new IOException($"{path} is not written: the process is ending.");
            }

            Open.Add(path);
            try
            {
                return open(path);
            }
            catch
            {
                Open.Remove(path);
                throw;
            }
        }
    }

    /// <summary>The file is whole and has its own name, or is gone.</summary>
    internal static void End(string path)
    {
        lock (Gate)
        {
            Open.Remove(path);
        }
    }
}
