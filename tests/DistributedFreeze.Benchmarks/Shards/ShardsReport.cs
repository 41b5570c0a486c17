using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace DistributedFreeze.Benchmarks.Shards;

/// <summary>The speeds, for people and for programs.</summary>
internal static class ShardsReport
{
    public static string Json(IEnumerable<ShardSpeed> speeds) => JsonSerializer.Serialize(new
    {
        rows = speeds.Select(speed => new
        {
            boundary = speed.Boundary,
            replicas = speed.Replicas,
            shardImages = speed.Images,
            imagesPerSecond = speed.ImagesPerSecond,
            ratio = speed.ToSmallest.Value,
            min = speed.ToSmallest.Min,
            max = speed.ToSmallest.Max,
        }),
    });

    public static Table Table(IEnumerable<ShardSpeed> speeds)
    {
        var table = new Table().AddColumns("boundary", "replicas", "images a shard", "images/s", "ratio to 4", "min", "max");
        foreach (var speed in speeds)
        {
            var ratio = speed.ToSmallest;
            table.AddRow(
                speed.Boundary,
                Text(speed.Replicas),
                Text(speed.Images),
                Text(speed.ImagesPerSecond, "N1"),
                Text(ratio.Value, "N2") + "x",
                Text(ratio.Min, "N2") + "x",
                Text(ratio.Max, "N2") + "x");
        }

        return table;
    }

    private static string Text(IFormattable value, string? format = null) => value.ToString(format, CultureInfo.InvariantCulture);
}
