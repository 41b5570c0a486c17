using System.CommandLine;
using System.Globalization;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Export;

/// <summary><c>--max-pixels</c> of the commands that look at images.</summary>
internal static class PixelLimit
{
    public static Option<string?> Option() =>
        new("--max-pixels") { Description = "Pixels above which an image is refused [default: as in the run]", HelpName = "N" };

    /// <returns>Null where nothing is said.</returns>
    /// <exception cref="InvalidInputException">It is no number in its range.</exception>
    public static long? Of(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } text)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= DataSpec.LargestMaxPixels
            ? limit
            : throw new InvalidInputException(option.Name, $"must be a whole number from 1 to {DataSpec.LargestMaxPixels}, got '{text}'");
    }
}
