using System.Diagnostics.CodeAnalysis;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>How a batch norm's running statistics are called where their hash stands beside those of whole layers.</summary>
internal static class StatisticsName
{
    private const string Suffix = ".statistics";

    /// <param name="layer">The batch norm.</param>
    public static string Of(string layer) => layer + Suffix;

    /// <summary>Whether a name is that of statistics, and of which batch norm.</summary>
    public static bool TryParse(string name, [NotNullWhen(true)] out string? layer)
    {
        layer = name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : null;
        return layer is not null;
    }
}
