using System.Collections.Immutable;
using DistributedFreeze.Data;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.Plan;

/// <summary>Finds classes without opening an image, for plans that are told where the images are.</summary>
internal static class ClassFolders
{
    /// <param name="path">A folder of class folders, or one with a <c>train</c> folder of class folders.</param>
    /// <exception cref="InvalidInputException">The folder cannot be read, or holds fewer than two class folders.</exception>
    /// <returns>Their names, in the order of the network's outputs.</returns>
    public static ImmutableArray<string> Names(string path)
    {
        var names = DataOutline.ClassesIn(path, "data.path");
        return names.Length >= 2
            ? names
            : throw new InvalidInputException(path, $"holds {names.Length} class folders, but a run needs at least 2; give another folder or `model.classes`");
    }
}
