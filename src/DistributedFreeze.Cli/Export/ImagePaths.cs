using DistributedFreeze.Errors;
using DistributedFreeze.Training.Data;

namespace DistributedFreeze.Cli.Export;

/// <summary>The image files that paths name: files as they are, folders with all that lies below them.</summary>
internal static class ImagePaths
{
    /// <returns>In the order of the paths; a folder's in ordinal order.</returns>
    /// <exception cref="InvalidInputException">A path does not exist, or is a folder without images.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths)
    {
        var found = new List<string>();
        var problems = new List<Problem>();
        foreach (var path in paths)
        {
            if (File.Exists(path))
            {
                found.Add(path);
            }
            else if (!Directory.Exists(path))
            {
                problems.Add(new(path, "does not exist; an image file or a folder of them would be right"));
            }
            else if (Below(path) is { Count: > 0 } below)
            {
                found.AddRange(below);
            }
            else
            {
                problems.Add(new(path, $"is a folder without image files ({ImageFormats.Names})"));
            }
        }

        return problems.Count == 0 ? found : throw new InvalidInputException(problems);
    }

    private static List<string> Below(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true })
            .Where(ImageFormats.Includes)
            .Order(StringComparer.Ordinal)];
}
