using System.Collections.Concurrent;
using DistributedFreeze.Coordination.Files;

namespace DistributedFreeze.Data.Indexes;

/// <summary>
/// What earlier scans of a data folder found in its files: a file that the file system says has not changed since is neither read nor decoded again.
/// </summary>
/// <remarks>
/// <para>It lies beside the features of the images. Only files that could be decoded are in it. It is a help and no condition: one that is damaged, or of
/// another decoder, is as good as none, and one that cannot be written is not.</para>
/// <para>As git does it, a file is trusted only if it had rested for some time when it was read: a write right after that may leave its times as they are
/// (<c>Documentation/technical/racy-git.txt</c> there).</para>
/// <para>Thread-safe, but for <see cref="Save"/>, which comes last.</para>
/// </remarks>
internal sealed class ImageIndex
{
    /// <summary>How long an index stays that no run uses: data folders come and go, and nobody says when.</summary>
    private static readonly TimeSpan Unused = TimeSpan.FromDays(90);

    /// <summary>Steps of the times that file systems keep, and more: FAT's are the longest.</summary>
    private static readonly TimeSpan Resolution = TimeSpan.FromSeconds(2);

    private readonly string _path;
    private readonly string _subject;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, IndexEntry> _known;
    private readonly ConcurrentDictionary<string, IndexEntry> _seen = new(StringComparer.Ordinal);
    private volatile bool _hasNews;

    private ImageIndex(string path, string subject, Dictionary<string, IndexEntry> known, TimeProvider time) =>
        (_path, _subject, _known, _time) = (path, subject, known, time);

    /// <summary>The time, to be asked before a file's stamp.</summary>
    public DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>Opens the index of a data folder, or begins one.</summary>
    /// <param name="directory">Folder of the features.</param>
    /// <param name="data">Full path of the data folder or manifest.</param>
    /// <param name="decoder">Everything but the file that decides whether it can be decoded.</param>
    /// <param name="images">How many images there are now: an index of far more is as good as none, and bounds what is read.</param>
    /// <param name="time">Tells how long files have rested.</param>
    public static ImageIndex Open(string directory, string data, string decoder, int images, TimeProvider time)
    {
        var subject = $"{data}\n{decoder}";
        var path = IndexFile.PathOf(directory, subject);
        return new(path, subject, IndexFile.Read(path, subject, images), time);
    }

    /// <summary>What was found in a file when it was last read.</summary>
    /// <param name="path">Path from the data folder.</param>
    /// <param name="stamp">What the file system says of it now.</param>
    /// <returns>Null where it has changed since, or has never been read.</returns>
    public IndexedImage? Find(string path, FileStamp stamp)
    {
        if (!_known.TryGetValue(path, out var entry) || entry.Stamp != stamp)
        {
            return null;
        }

        _seen[path] = entry;
        return entry.Image;
    }

    /// <summary>Takes note of a file that has just been read and could be decoded.</summary>
    /// <param name="path">Path from the data folder.</param>
    /// <param name="stamp">What the file system said of it before it was read.</param>
    /// <param name="asked"><see cref="Now"/>, before that was asked.</param>
    /// <param name="image">What was found.</param>
    public void Add(string path, FileStamp stamp, DateTimeOffset asked, IndexedImage image)
    {
        var rested = (asked - DateTimeOffset.UnixEpoch).Ticks - (Math.Max(stamp.Modified, stamp.Changed) / TimeSpan.NanosecondsPerTick);
        if (rested > Resolution.Ticks)
        {
            _seen[path] = new(stamp, image);
            _hasNews = true;
        }
    }

    /// <summary>Writes down what this scan found, where that is more or less than was known; files that it did not come to are forgotten.</summary>
    public void Save()
    {
        try
        {
            if (!_hasNews && _seen.Count == _known.Count)
            {
                IndexFile.Touch(_path, _time.GetUtcNow());
                return;
            }

            var folder = Path.GetDirectoryName(_path)!;
            Directory.CreateDirectory(folder);
            AtomicFile.Write(_path, stream => IndexFile.Write(stream, _subject, _seen));
            IndexFile.RemoveFrom(folder, _time.GetUtcNow() - Unused);
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            // The next scan reads every file, as this one has.
        }
    }
}
