using System.CommandLine;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.Cache;

/// <summary><c>dfreeze cache</c>: what features are stored, whether they are whole, and room again.</summary>
/// <param name="console">Where to write.</param>
/// <param name="time">Tells what is old.</param>
internal sealed class CacheCommand(CommandConsole console, TimeProvider time)
{
    private readonly Option<string?> _directory = new("--directory")
    {
        Description = $"The folder [default: {FeatureDirectory.Variable}, else dfreeze/features in the user's cache]",
        HelpName = "DIR",
    };

    public Command Build() => new("cache", "Shows, checks and clears stored features.")
    {
        new CacheListCommand(console, _directory).Build(),
        new CacheVerifyCommand(console, _directory).Build(),
        new CachePruneCommand(console, _directory, time).Build(),
    };

    /// <exception cref="InvalidInputException">A folder is named, and there is none.</exception>
    public static FeatureDirectory Folder(ParseResult parsed, Option<string?> directory) => parsed.GetValue(directory) switch
    {
        null => new(FeatureDirectory.Default),
        { Length: > 0 } named when Directory.Exists(named) => new(named),
        var missing => throw new InvalidInputException(directory.Name, $"must be a folder, and {(File.Exists(missing) ? $"'{missing}' is a file" : $"there is no '{missing}'")}"),
    };
}
