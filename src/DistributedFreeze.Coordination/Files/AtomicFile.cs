using System.Text.RegularExpressions;

namespace DistributedFreeze.Coordination.Files;

/// <summary>Files that appear whole or not at all. Thread-safe, each for a file of its own.</summary>
public static partial class AtomicFile
{
    /// <summary>A name beside a file, for what is to become it.</summary>
    /// <param name="path">The file.</param>
    internal static string NameFor(string path) => $"{path}.{Path.GetRandomFileName()}.tmp";

    /// <summary>Removes what writers have left beside a file that were killed before it was whole. Nobody may be writing it.</summary>
    internal static void RemoveParts(string path)
    {
        var (folder, name) = (Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileName(path));
        try
        {
            foreach (var found in Directory.EnumerateFiles(folder, $"{name}.*.tmp").Where(found => Ending().IsMatch(Path.GetFileName(found)[name.Length..])))
            {
                RootedFiles.Delete(found);
            }
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            // It takes room, and no more; where that is missing the next write says so.
        }
    }

    /// <summary>Writes beside the file, flushes to the disk, and renames.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="write">Writes its content, to a stream that can be read and seeks.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var temporary = NameFor(path);
        try
        {
            using (var stream = UnfinishedFiles.Begin(temporary, name => new FileStream(name, FileMode.CreateNew, FileAccess.ReadWrite)))
            {
                RootedFiles.RequireCreated(stream.SafeFileHandle, Path.GetFullPath(temporary));
                write(stream);
                stream.Flush(flushToDisk: true);
                RootedFiles.Require(stream.SafeFileHandle, Path.GetFullPath(temporary));
            }

            RootedFiles.Replace(temporary, path);
        }
        finally
        {
            UnfinishedFiles.Remove(temporary);
        }
    }

    [GeneratedRegex(@"^\.[a-z0-9]{8}\.[a-z0-9]{3}\.tmp$")]
    private static partial Regex Ending();
}
