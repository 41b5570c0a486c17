using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Cli.Export;

/// <summary>The image files that paths name: files as they are, folders with all that lies below them.</summary>
internal static class ImagePaths
{
    /// <returns>In the order of the paths; a folder's in ordinal order.</returns>
    /// <exception cref="InvalidInputException">A path does not exist, or is a folder without images or with images whose names are not UTF-8.</exception>
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
            else if (Below(path, problems) is { } below)
            {
                found.AddRange(below);
            }
        }

        return problems.Count == 0 ? found : throw new InvalidInputException(problems);
    }

    /// <returns>Null where there is a problem.</returns>
    private static IReadOnlyList<string>? Below(string folder, List<Problem> problems)
    {
        try
        {
            var below = ImageFolder.Find(folder);
            if (below.Count > 0)
            {
                return below;
            }

            problems.Add(new(folder, $"is a folder without image files ({ImageFormats.Names})"));
        }
        catch (InvalidInputException invalid)
        {
            problems.AddRange(invalid.Problems);
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            problems.Add(new(folder, $"cannot be listed: {reason.Message}"));
        }

        return null;
    }
}
