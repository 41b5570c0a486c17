using DistributedFreeze.Data;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.CommandLine;

/// <summary>Arguments as the bytes that the process was started with: .NET hands on other ones where they are not UTF-8.</summary>
internal static class RawArguments
{
    private const string CommandLine = "/proc/self/cmdline";

    /// <exception cref="InvalidInputException">An argument is not UTF-8, so that no file can be found by it.</exception>
    public static void RequireUtf8(IEnumerable<string> args)
    {
        if (args.Any(arg => arg.Contains(UnreadableNames.Replacement, StringComparison.Ordinal)) && File.Exists(CommandLine))
        {
            RequireUtf8(File.ReadAllBytes(CommandLine));
        }
    }

    /// <param name="commandLine">The arguments, a zero after each.</param>
    /// <exception cref="InvalidInputException">An argument is not UTF-8.</exception>
    internal static void RequireUtf8(ReadOnlySpan<byte> commandLine)
    {
        var problems = new List<Problem>();
        foreach (var range in commandLine.Split((byte)0))
        {
            if (UnreadableNames.Escaped(commandLine[range]) is { } escaped)
            {
                var folder = Path.GetDirectoryName(escaped) is { Length: > 0 } parent && !parent.Contains('\\', StringComparison.Ordinal) ? parent : ".";
                problems.Add(new(escaped, $"is not UTF-8, and nothing is found by such a name; {UnreadableNames.HowToRename(escaped, folder)}"));
            }
        }

        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }
    }
}
