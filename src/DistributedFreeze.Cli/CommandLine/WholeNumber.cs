using System.CommandLine;
using System.Globalization;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.CommandLine;

/// <summary>Options whose value is a whole number within a range.</summary>
internal static class WholeNumber
{
    /// <exception cref="InvalidInputException">The value is something else.</exception>
    public static int Of(Option<string> option, ParseResult parsed, int least, int most) => Of(option.Name, parsed.GetRequiredValue(option), least, most);

    /// <param name="name">The option's name.</param>
    /// <param name="text">What it was given.</param>
    /// <param name="least">The least that is right.</param>
    /// <param name="most">The most that is right.</param>
    /// <exception cref="InvalidInputException">The value is something else.</exception>
    public static int Of(string name, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new InvalidInputException(name, $"must be a whole number from {least} to {most}, got '{text}'");
}
