using System.Globalization;

namespace DistributedFreeze.Freezing.Predictions;

/// <summary>Predicted amounts, as precise as a prediction is.</summary>
public static class Amounts
{
    /// <summary>Seconds, or milliseconds where there are few.</summary>
    public static string Seconds(double seconds) => seconds switch
    {
        >= 10 => Invariant($"{seconds:0} s"),
        >= 0.1 => Invariant($"{seconds:0.0} s"),
        >= 0.01 => Invariant($"{1e3 * seconds:0} ms"),
        >= 0.001 => Invariant($"{1e3 * seconds:0.0} ms"),
        _ => Invariant($"{1e3 * seconds:0.##} ms"),
    };

    /// <summary>Megabytes, or gigabytes where there are many.</summary>
    public static string Bytes(long bytes) => bytes >= 1e9 ? Invariant($"{bytes / 1e9:0.0} GB") : Invariant($"{bytes / 1e6:0.0} MB");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
