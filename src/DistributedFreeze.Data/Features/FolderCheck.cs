using DistributedFreeze.Coordination.Marks;
using DistributedFreeze.Data.Indexes;

namespace DistributedFreeze.Data.Features;

/// <summary>Looks for whatever a store would not have written, or not so.</summary>
internal static class FolderCheck
{
    public static IEnumerable<FeatureFault> Of(string root, CancellationToken cancellationToken) => Directory.Exists(root)
        ? Strangers(root, path => Path.GetFileName(path) is FolderLocks.FileName or TrainingMarks.FolderName or IndexFile.FolderName || IsShelf(path), "it is nothing of the feature cache")
            .Concat(Directory.EnumerateDirectories(root).Where(IsShelf).Order(StringComparer.Ordinal)
                .SelectMany(shelf => Strangers(shelf, path => Directory.Exists(path) && SetFolder.IsSet(path), "it is no set of features")))
            .Concat(SetFolder.All(root).OrderBy(set => set.Key, StringComparer.Ordinal).SelectMany(set => Set(set, cancellationToken)))
        : [];

    private static bool IsShelf(string path) => Directory.Exists(path) && SetFolder.IsShelf(path);

    private static IEnumerable<FeatureFault> Strangers(string folder, Predicate<string> isOurs, string why) =>
        Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal).Where(path => !isOurs(path)).Select(path => Foreign(path, why));

    private static IEnumerable<FeatureFault> Set(SetFolder set, CancellationToken cancellationToken)
    {
        var description = SetDescription.Read(set);
        if (description is null && Directory.EnumerateFileSystemEntries(set.Path).Any())
        {
            yield return Foreign(set.Description, "it is missing, damaged or of another version");
        }

        var ours = set.OwnFiles().Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var stranger in Strangers(set.Path, path => ours.Contains(Path.GetFileName(path)), "it is no file of a set"))
        {
            yield return stranger;
        }

        foreach (var path in set.Segments())
        {
            using var segment = Segment.Open(set, path);
            var isForeign = segment is null || (description is not null && segment.Layout != new SegmentLayout(description.Elements, description.Type));
            foreach (var fault in isForeign ? [Foreign(path, "its header is damaged, or of another set, record, version or kind of machine")] : Records(segment!, path, cancellationToken))
            {
                yield return fault;
            }
        }
    }

    private static IEnumerable<FeatureFault> Records(Segment segment, string file, CancellationToken cancellationToken)
    {
        var (end, started, torn) = (segment.Length, segment.Layout.Started(segment.Length), 0);
        var payload = new byte[segment.Layout.PayloadBytes];
        var undamaged = new HashSet<int>();
        segment.Scan((entry, slot) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            var isTorn = segment.Layout.End(slot) > end;
            if (isTorn || segment.TryRead(slot, entry.Checksum, payload))
            {
                undamaged.Add(slot);
                torn += isTorn ? 1 : 0;
            }
        });
        torn += Math.Max(0, started - segment.Next);
        var damaged = segment.Next - undamaged.Count;
        if (damaged > 0)
        {
            var first = Enumerable.Range(0, segment.Next).First(slot => !undamaged.Contains(slot));
            yield return new(file, FeatureFaultKind.Damaged, damaged, $"{damaged} of {started} records have other bytes than were written, the first is number {first}");
        }

        if (torn > 0)
        {
            yield return new(file, FeatureFaultKind.Torn, torn, $"{torn} records at its end are not whole");
        }
    }

    private static FeatureFault Foreign(string path, string why) => new(path, FeatureFaultKind.Foreign, 0, why);
}
