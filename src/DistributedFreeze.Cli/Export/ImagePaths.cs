using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Cli.Export;

/// <summary>The images that paths name: files as they are, folders with all that lies below them, archives with all that is in them.</summary>
internal static class ImagePaths
{
    /// <returns>In the order of the paths; a folder's in ordinal order.</returns>
    /// <exception cref="InvalidInputException">A path does not exist, or is a folder without images or with images whose names are not UTF-8.</exception>
    public static IReadOnlyList<ImageContent> Find(IEnumerable<string> paths)
    {
        var found = new List<ImageContent>();
        var problems = new List<Problem>();
        foreach (var path in paths)
        {
            if (File.Exists(path) && !ImageFolder.IsArchive(path))
            {
                found.Add(path);
            }
            else if (!Path.Exists(path))
            {
                problems.Add(new(path, "does not exist; an image file, a folder of them or an archive would be right"));
            }
            else if (Below(path, problems) is { } below)
            {
                found.AddRange(below);
            }
        }

        return problems.Count == 0 ? found : throw new InvalidInputException(problems);
    }

    /// <returns>Null where there is a problem.</returns>
    private static IReadOnlyList<ImageContent>? Below(string path, List<Problem> problems)
    {
        try
        {
            var below = ImageFolder.FindAll(path);
            if (below.Count > 0)
            {
                return below;
            }

            problems.Add(new(path, $"is {(Directory.Exists(path) ? "a folder" : "an archive")} without image files ({ImageFormats.Names})"));
        }
        catch (InvalidInputException invalid)
        {
            problems.AddRange(invalid.Problems);
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            problems.Add(new(path, $"cannot be listed: {reason.Message}"));
        }

        return null;
    }
}
