using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace DistributedFreeze.Grains.Telemetry.Gpus;

/// <summary>How full and how busy a GPU is.</summary>
/// <param name="Index">Its number, as the driver counts.</param>
/// <param name="UsedBytes">Memory in use.</param>
/// <param name="TotalBytes">Memory there is.</param>
/// <param name="Utilization">Share of the time at work, 0 to 1; null for a GPU that does not say, such as a slice of one.</param>
internal sealed record GpuReading(int Index, long UsedBytes, long TotalBytes, double? Utilization)
{
    /// <summary>What the driver's tool is asked for; it answers one line for each GPU, with memory in MiB and utilization in percent.</summary>
    public const string Query = "index,memory.used,memory.total,utilization.gpu";

    private const long BytesPerMebibyte = 1 << 20;

    /// <summary>Reads the tool's answer; lines that are none are passed over.</summary>
    public static ImmutableArray<GpuReading> ParseAll(string answer) =>
        [.. answer.Split('\n').Select(line => TryParse(line, out var reading) ? reading : null).OfType<GpuReading>()];

    private static bool TryParse(string line, [NotNullWhen(true)] out GpuReading? reading)
    {
        var fields = line.Split(',', StringSplitOptions.TrimEntries);
        reading = fields.Length == 4
            && int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var used)
            && long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var total)
            ? new(index, used * BytesPerMebibyte, total * BytesPerMebibyte, Share(fields[3]))
            : null;
        return reading is not null;
    }

    private static double? Share(string percent) =>
        double.TryParse(percent, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) ? value / 100 : null;
}
