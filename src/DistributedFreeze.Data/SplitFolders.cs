using System.Collections.Immutable;

namespace DistributedFreeze.Data;

/// <summary>Folders that are called by a split.</summary>
internal static class SplitFolders
{
    /// <summary>Finds those that are called by a split among folders that lie side by side.</summary>
    /// <remarks>Words that could well be classes, such as <c>training</c> or <c>dev</c>, mean a split where a folder beside them means another one.</remarks>
    /// <param name="names">Names of the folders.</param>
    /// <returns>The split of each that stands for one.</returns>
    public static Dictionary<string, Split> Among(IEnumerable<string> names)
    {
        var meant = names.Select(name => (Name: name, Split: Meaning(name.ToUpperInvariant(), out var isSure), IsSure: isSure)).Where(one => one.Split is not null).ToList();
        return meant.Where(one => one.IsSure || meant.Exists(other => other.Split != one.Split))
            .ToDictionary(one => one.Name, one => one.Split!.Value, StringComparer.Ordinal);
    }

    /// <summary>What a word in the column of splits means.</summary>
    /// <param name="word">Such as <c>train</c>, <c>val</c> or <c>test</c>, in any case.</param>
    /// <returns>Null where it means none.</returns>
    public static Split? Of(string word) => Meaning(word.ToUpperInvariant(), out _);

    private static Split? Meaning(string name, out bool isSure)
    {
        isSure = name is "TRAIN" or "VAL" or "VALID" or "VALIDATION" or "TEST";
        return name switch
        {
            "TRAIN" or "TRAINING" => Split.Train,
            "VAL" or "VALID" or "VALIDATION" or "DEV" => Split.Validation,
            "TEST" or "TESTING" => Split.Test,
            _ => null,
        };
    }

    /// <summary>Tells of splits beside a data folder that is one itself: they are probably meant, and not used.</summary>
    /// <param name="root">Full path of the data folder.</param>
    /// <returns>A sentence, or none.</returns>
    public static IEnumerable<string> Warnings(string root)
    {
        var path = Path.TrimEndingDirectorySeparator(root);
        var name = Path.GetFileName(path);
        if (Path.GetDirectoryName(path) is not { } parent || Beside(parent, name) is not { IsEmpty: false } beside)
        {
            yield break;
        }

        yield return $"only the images of '{name}' are used: {Examples.Of(beside)} beside it {(beside.Length == 1 ? "is" : "are")} not; name '{parent}' to use all";
    }

    /// <returns>The other splits, where a folder is one itself.</returns>
    private static ImmutableArray<string> Beside(string parent, string name)
    {
        try
        {
            var splits = Among(FolderListing.Of(parent).Where(entry => entry.IsFolder).Select(entry => entry.Name));
            return splits.Remove(name) ? [.. splits.Keys.Order(StringComparer.Ordinal).Select(split => $"'{split}'")] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // whoever may not look there does not mean it
        }
    }
}
