using DistributedFreeze.Errors;
using DistributedFreeze.Training.Data;

namespace DistributedFreeze.Cli.Plan;

/// <summary>Counts classes without opening an image, for plans that are told where the images are.</summary>
internal static class ClassFolders
{
    /// <param name="path">A folder of class folders, or one with a <c>train</c> folder of class folders.</param>
    /// <exception cref="InvalidInputException">The folder cannot be read, or holds fewer than two class folders.</exception>
    public static int Count(string path)
    {
        var count = DataOutline.ClassesIn(path, "data.path").Length;
        return count >= 2
            ? count
            : throw new InvalidInputException(path, $"holds {count} class folders, but a run needs at least 2; give another folder or `model.classes`");
    }
}
