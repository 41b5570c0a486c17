using System.Globalization;

namespace DistributedFreeze.Chaos.Commands;

/// <summary>Arguments of the commands: options with a value each, after the command's own.</summary>
internal sealed class Arguments(string[] args)
{
    /// <summary>Where logs go.</summary>
    public string Logs => Value("--logs") ?? Path.Combine(Path.GetTempPath(), $"dfreeze-chaos-logs-{Environment.ProcessId}");

    /// <summary>The command.</summary>
    public string Command => args[0];

    /// <summary>What follows an option; null where it isn't given.</summary>
    public string? Value(string option) => Array.IndexOf(args, option) is >= 0 and var at ? args.ElementAtOrDefault(at + 1) ?? "" : null;

    /// <summary>The number that follows an option; null where it isn't given.</summary>
    /// <exception cref="FormatException">No number follows.</exception>
    public int? Number(string option) => Value(option) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new FormatException($"{option} needs a number, got '{text}'.");
}
