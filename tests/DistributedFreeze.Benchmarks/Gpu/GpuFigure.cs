using System.Text.Json;

namespace DistributedFreeze.Benchmarks.Gpu;

/// <summary>How fast a work is, and what memory its process has taken so far; a line of JSON from one process to another, ours and PyTorch's alike.</summary>
/// <param name="Work">What is done.</param>
/// <param name="Shards">Shards of a step; 0 where that says nothing.</param>
/// <param name="ImagesPerSecond">The median of the rounds.</param>
/// <param name="Min">The least of them.</param>
/// <param name="Max">The greatest.</param>
/// <param name="MemoryBytes">See <see cref="MemorySoFar"/>.</param>
internal sealed record GpuFigure(string Work, int Shards, double ImagesPerSecond, double Min, double Max, long MemoryBytes)
{
    private static readonly JsonSerializerOptions Names = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <param name="work">What is done.</param>
    /// <param name="shards">Shards of a step.</param>
    /// <param name="seconds">Seconds of an image, round by round.</param>
    /// <param name="memory">Bytes taken so far.</param>
    public static GpuFigure Of(string work, int shards, IEnumerable<double> seconds, long memory)
    {
        var speeds = seconds.Select(second => 1 / second).Order().ToList();
        return new(work, shards, Ratio.Median(speeds), speeds[0], speeds[^1], memory);
    }

    public string ToLine() => JsonSerializer.Serialize(this, Names);

    /// <returns>Null where the line is none of ours: libraries write what they like.</returns>
    public static GpuFigure? Read(string line)
    {
        try
        {
            return line.StartsWith('{') ? JsonSerializer.Deserialize<GpuFigure>(line, Names) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
