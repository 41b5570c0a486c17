using DistributedFreeze.Specs;

namespace DistributedFreeze.Cli.CommandLine;

/// <summary>Does for <c>--output=~/runs</c> what shells do for <c>--output ~/runs</c>.</summary>
internal static class HomeArguments
{
    public static string[] Expand(IReadOnlyList<string> args) => [.. args.Select(Expand)];

    private static string Expand(string arg)
    {
        var value = arg.StartsWith("--", StringComparison.Ordinal) ? arg.IndexOf('=', StringComparison.Ordinal) + 1 : 0;
        return value > 0 ? arg[..value] + HomePath.Expand(arg[value..]) : arg;
    }
}
