using DistributedFreeze.Coordination.Marks;
using DistributedFreeze.Data.Indexes;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Features;

/// <summary>A cache folder seen from outside: what is in it, whether it is whole, and how to make room. Thread-safe; stores may use it meanwhile.</summary>
/// <param name="path">The folder; it need not exist.</param>
public sealed class FeatureDirectory(string path)
{
    /// <summary>Environment variable that names the folder to use where nothing else does.</summary>
    public const string Variable = "DFREEZE_CACHE";

    /// <summary>The folder to use where nothing names another: <see cref="Variable"/>, else <c>dfreeze/features</c> in the user's cache (<c>XDG_CACHE_HOME</c>, <c>~/.cache</c>).</summary>
    public static string Default => DefaultOf(Environment.GetEnvironmentVariable);

    /// <summary>The marks of this user's replicas, which lie beside the features.</summary>
    public static TrainingMarks Marks => new(Path.Combine(Default, TrainingMarks.FolderName));

    /// <summary>Full path.</summary>
    public string FullPath { get; } = Path.GetFullPath(path);

    /// <summary>The sets, the least recently used first. Reads the entries of all records.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public IReadOnlyList<StoredSet> List() =>
    [
        .. SetFolder.All(FullPath).Select(Describe).OfType<StoredSet>()
            .OrderBy(set => set.LastUse).ThenBy(set => set.Key, StringComparer.Ordinal),
    ];

    /// <summary>Removes a set unless someone has it open. Files in its folder that aren't ours stay.</summary>
    /// <param name="set">One of <see cref="List"/>.</param>
    /// <param name="freed">Bytes freed.</param>
    /// <returns>False where it is in use.</returns>
    /// <exception cref="IOException">A file cannot be removed, or the file system cannot lock.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be removed.</exception>
    public bool TryRemove(StoredSet set, out long freed)
    {
        using var locks = new FolderLocks(FullPath);
        return new SetFolder(FullPath, set.Key).TryRemove(locks, out freed);
    }

    /// <summary>Forgets what was found in the images of data folders: they are read again when they are needed.</summary>
    /// <param name="unusedSince">Those that no run has used since then; null forgets all.</param>
    /// <returns>How many data folders were forgotten.</returns>
    /// <exception cref="IOException">A file cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be removed.</exception>
    public int ForgetImages(DateTimeOffset? unusedSince) => IndexFile.Remove(FullPath, unusedSince);

    /// <summary>Reads every record and compares checksums; changes nothing.</summary>
    /// <param name="cancellationToken">Ends it between two records.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IEnumerable<FeatureFault> Verify(CancellationToken cancellationToken) => FolderCheck.Of(FullPath, cancellationToken);

    internal static string DefaultOf(Func<string, string?> valueOf) => UserCache.Folder(Variable, "features", valueOf);

    private static StoredSet? Describe(SetFolder set)
    {
        if (SetDescription.Read(set) is not { } description)
        {
            return null;
        }

        var images = new HashSet<ImageHash>();
        foreach (var path in set.Segments())
        {
            using var segment = Segment.Open(set, path);
            segment?.Scan((entry, _) => images.Add(entry.Image));
        }

        return new(
            set.Key,
            set.Path,
            description.Parts,
            description.Elements,
            description.Type,
            images.Count,
            set.Bytes(),
            new(File.GetLastWriteTimeUtc(set.Description), TimeSpan.Zero));
    }
}
