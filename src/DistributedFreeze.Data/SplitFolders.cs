using System.Collections.Immutable;

namespace DistributedFreeze.Data;

/// <summary>Folders that are called by a split.</summary>
internal static class SplitFolders
{
    /// <returns>The split that a folder's name stands for; null for any other name.</returns>
    public static Split? Of(string name) => name.ToUpperInvariant() switch
    {
        "TRAIN" => Split.Train,
        "VAL" or "VALID" or "VALIDATION" => Split.Validation,
        "TEST" => Split.Test,
        _ => null,
    };

    /// <summary>Tells of splits beside a data folder that is one itself: they are probably meant, and not used.</summary>
    /// <param name="root">Full path of the data folder.</param>
    /// <returns>A sentence, or none.</returns>
    public static IEnumerable<string> Warnings(string root)
    {
        var path = Path.TrimEndingDirectorySeparator(root);
        var name = Path.GetFileName(path);
        if (Of(name) is null || Path.GetDirectoryName(path) is not { } parent || Beside(parent, name) is not { IsEmpty: false } beside)
        {
            yield break;
        }

        yield return $"only the images of '{name}' are used: {Examples.Of(beside)} beside it {(beside.Length == 1 ? "is" : "are")} not; name '{parent}' to use all";
    }

    private static ImmutableArray<string> Beside(string parent, string name)
    {
        try
        {
            return
            [
                .. FolderListing.Of(parent).Where(entry => entry.IsFolder && Of(entry.Name) is not null && entry.Name != name)
                    .Select(entry => $"'{entry.Name}'").Order(StringComparer.Ordinal),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // whoever may not look there does not mean it
        }
    }
}
