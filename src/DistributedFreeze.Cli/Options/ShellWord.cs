using System.Text.RegularExpressions;

namespace DistributedFreeze.Cli.Options;

/// <summary>Words for a command that a person copies into a shell.</summary>
internal static partial class ShellWord
{
    /// <returns>The text, in quotation marks where a shell would read it otherwise.</returns>
    public static string Of(string text) => Plain().IsMatch(text) ? text : $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"\A[A-Za-z0-9_./:,+=@%-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();
}
