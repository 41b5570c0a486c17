using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.CommandLine;

/// <summary>A place for a file that a command is to write: looked at before it begins its work.</summary>
internal static class FilePlace
{
    /// <summary>Refuses a path at which no file can be.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="option">What named it on the command line.</param>
    /// <returns>The full path.</returns>
    /// <exception cref="InvalidInputException">It is a folder, or its folder does not exist.</exception>
    public static string Require(string path, string option)
    {
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full))
        {
            throw new InvalidInputException(option, $"must be a file: {full} is a folder");
        }

        return Path.GetDirectoryName(full) is { } folder && Directory.Exists(folder)
            ? full
            : throw new InvalidInputException(option, $"must be in a folder that exists: there is no {Path.GetDirectoryName(full)}");
    }
}
