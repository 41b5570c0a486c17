using System.Globalization;
using System.Text.Json;

namespace DistributedFreeze.Coordination.Marks;

/// <summary>The marks of this user's replicas on this machine: a native crash, or a kill for lack of memory, leaves them behind.</summary>
/// <remarks>
/// A replica that ends in whatever regular way takes its mark away. One whose process dies cannot, but the system then lets go of the lock
/// that it had on the file. Marks are a help, never a condition: where none can be written, there is none. Thread-safe.
/// </remarks>
/// <param name="folder">Where they lie; made when first needed.</param>
public sealed class TrainingMarks(string folder)
{
    /// <summary>Name of the folder within the feature cache's.</summary>
    internal const string FolderName = "training";

    private const string Ending = ".json";

    /// <summary>Leaves a mark of this process.</summary>
    /// <param name="mark">What a replica is about to do.</param>
    /// <returns>Takes it away when disposed of; null where it could not be left.</returns>
    public IDisposable? Leave(TrainingMark mark)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new Left(Path.Combine(folder, Prefix(Environment.ProcessId) + Path.GetRandomFileName() + Ending), mark);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Takes the marks of processes that have died.</summary>
    /// <param name="processId">Of this one alone; null takes all.</param>
    /// <returns>Each mark once: whoever takes it has to tell it.</returns>
    public IReadOnlyList<TrainingMark> TakeOfDead(int? processId = null)
    {
        var found = new List<TrainingMark>();
        foreach (var path in Files(processId is { } id ? Prefix(id) : ""))
        {
            try
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                if (JsonSerializer.Deserialize(file, TrainingMarkJson.Default.TrainingMark) is { } mark)
                {
                    found.Add(mark);
                }

                File.Delete(path);
            }
            catch (JsonException)
            {
                File.Delete(path); // it died while writing
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Its process lives, or another one has just taken it.
            }
        }

        return found;
    }

    private IEnumerable<string> Files(string prefix)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder, $"{prefix}*{Ending}").Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string Prefix(int processId) => processId.ToString(CultureInfo.InvariantCulture) + ".";

    private sealed class Left : IDisposable
    {
        private readonly string _path;
        private readonly FileStream _file;

        public Left(string path, TrainingMark mark)
        {
            _path = path;
            _file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            JsonSerializer.Serialize(_file, mark, TrainingMarkJson.Default.TrainingMark);
            _file.Flush();
        }

        public void Dispose()
        {
            try
            {
                File.Delete(_path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The folder is gone, or was made read-only: then whoever finds the mark tells too much.
            }

            _file.Dispose();
        }
    }
}
