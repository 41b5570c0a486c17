using DistributedFreeze.Coordination.Marks;

namespace DistributedFreeze.Data.Features;

/// <summary>Looks for whatever a store would not have written, or not so.</summary>
internal static class FolderCheck
{
    public static IEnumerable<FeatureFault> Of(string root, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(root))
        {
            yield break;
        }

        foreach (var path in Directory.EnumerateFileSystemEntries(root).Order(StringComparer.Ordinal))
        {
            if (Path.GetFileName(path) is not (FolderLocks.FileName or TrainingMarks.FolderName) && !IsShelf(path))
            {
                yield return Foreign(path, "it is nothing of the feature cache");
            }
        }

        foreach (var shelf in Directory.EnumerateDirectories(root).Where(IsShelf).Order(StringComparer.Ordinal))
        {
            foreach (var path in Directory.EnumerateFileSystemEntries(shelf).Where(path => !Directory.Exists(path) || !SetFolder.IsSet(path)))
            {
                yield return Foreign(path, "it is no set of features");
            }
        }

        foreach (var set in SetFolder.All(root).OrderBy(set => set.Key, StringComparer.Ordinal))
        {
            foreach (var fault in Set(set, cancellationToken))
            {
                yield return fault;
            }
        }
    }

    private static bool IsShelf(string path) =>
        Directory.Exists(path) && Path.GetFileName(path) is { Length: 2 } name && name.All(char.IsAsciiHexDigitLower);

    private static IEnumerable<FeatureFault> Set(SetFolder set, CancellationToken cancellationToken)
    {
        var description = SetDescription.Read(set);
        if (description is null && Directory.EnumerateFileSystemEntries(set.Path).Any())
        {
            yield return Foreign(set.Description, "it is missing, damaged or of another version");
        }

        foreach (var path in Directory.EnumerateFileSystemEntries(set.Path).Order(StringComparer.Ordinal))
        {
            if (Directory.Exists(path) || new FileInfo(path).LinkTarget is not null || !SetFolder.IsOurs(Path.GetFileName(path)))
            {
                yield return Foreign(path, "it is no file of a set");
            }
        }

        foreach (var number in set.Segments())
        {
            using var segment = Segment.Open(set, number, FileAccess.Read, out var fault);
            if (segment is null)
            {
                yield return Foreign(set.Segment(number), fault!);
            }
            else if (description is not null && segment.Layout != new SegmentLayout(description.Elements, description.Type))
            {
                yield return Foreign(set.Segment(number), "its records are of another size or type than the set's");
            }
            else
            {
                foreach (var found in Records(segment, set.Segment(number), cancellationToken))
                {
                    yield return found;
                }
            }
        }
    }

    private static IEnumerable<FeatureFault> Records(Segment segment, string file, CancellationToken cancellationToken)
    {
        var entries = new List<(RecordEntry Entry, int Slot)>();
        segment.Scan(entries);
        var started = segment.Layout.Started(segment.Length);
        var payload = new byte[segment.Layout.PayloadBytes];
        var end = segment.Length;
        var torn = Math.Max(0, started - segment.Next);
        var damaged = segment.Next - entries.Count;
        var first = damaged == 0 ? int.MaxValue : Enumerable.Range(0, segment.Next).Except(entries.Select(entry => entry.Slot)).First();
        foreach (var (entry, slot) in entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (segment.TryRead(slot, entry.Checksum, payload))
            {
                continue;
            }

            if (segment.Layout.End(slot) > end)
            {
                torn++;
            }
            else
            {
                damaged++;
                first = Math.Min(first, slot);
            }
        }

        if (damaged > 0)
        {
            yield return new(file, FeatureFaultKind.Damaged, damaged, $"{damaged} of {started} records have other bytes than were written, the first is number {first}");
        }

        if (torn > 0)
        {
            yield return new(file, FeatureFaultKind.Torn, torn, $"{torn} records at its end are not whole");
        }
    }

    private static FeatureFault Foreign(string path, string why) => new(path, FeatureFaultKind.Foreign, 0, why);
}
