using System.CommandLine;
using System.Globalization;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.CommandLine;

/// <summary>Options whose value is a whole number within a range.</summary>
internal static class WholeNumber
{
    /// <exception cref="InvalidInputException">The value is something else.</exception>
    public static int Of(Option<string> option, ParseResult parsed, int least, int most)
    {
        var text = parsed.GetRequiredValue(option);
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new InvalidInputException(option.Name, $"must be a whole number from {least} to {most}, got '{text}'");
    }
}
