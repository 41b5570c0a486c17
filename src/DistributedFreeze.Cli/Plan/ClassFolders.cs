using DistributedFreeze.Errors;
using DistributedFreeze.Training.Data;

namespace DistributedFreeze.Cli.Plan;

/// <summary>Counts classes without opening an image, for plans that are told where the images are.</summary>
internal static class ClassFolders
{
    /// <param name="path">A folder of class folders, or one with a <c>train</c> folder of class folders.</param>
    /// <param name="field">What the person named it with.</param>
    /// <exception cref="InvalidInputException">The folder cannot be read, or holds fewer than two class folders.</exception>
    public static int Count(string path, string field)
    {
        var count = DataOutline.ClassesIn(path, field).Length;
        return count >= 2
            ? count
            : throw new InvalidInputException(path, $"holds {count} class folders, but a run needs at least 2; give another folder or --classes");
    }
}
