using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.Plan;

/// <summary>Counts classes without opening an image, for plans that are told where the images are.</summary>
internal static class ClassFolders
{
    /// <param name="path">A folder of class folders, or one with a <c>train</c> folder of class folders.</param>
    /// <exception cref="InvalidInputException">The folder cannot be read, or holds fewer than two class folders.</exception>
    public static int Count(string path)
    {
        var root = Directory.Exists(Path.Combine(path, "train")) ? Path.Combine(path, "train") : path;
        int count;
        try
        {
            count = Directory.EnumerateDirectories(root).Count(folder => !Path.GetFileName(folder).StartsWith('.'));
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(path, $"cannot be read: {reason.Message}");
        }

        return count >= 2
            ? count
            : throw new InvalidInputException(path, $"holds {count} class folders, but a run needs at least 2; give another folder or --classes");
    }
}
