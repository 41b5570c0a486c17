using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Plan;

/// <summary>The memory that a run is predicted to need, for people.</summary>
internal static class MemoryText
{
    /// <summary>Parts that are named; the rest is small.</summary>
    private const int Named = 3;

    public static void Write(CommandConsole console, PlannedMemory memory)
    {
        console.Output.WriteLine();
        Line(console, "Memory", $"up to {Amount.Bytes(memory.Bytes)} per replica, {Amount.Bytes(memory.BytesOfAnother)} for a further one on the same host");
        Line(console, "Cached features", $"up to {Amount.Bytes(memory.FeatureBytes)} of memory besides");
        Line(console, "There are", $"{Amount.Bytes(memory.AvailableBytes)} for runs");
        Line(console, "At most", $"{memory.Moment}:");
        foreach (var part in memory.Parts.Take(Named))
        {
            Line(console, "", $"{Amount.Bytes(part.Bytes),-8} {part.What}");
        }
    }

    private static void Line(CommandConsole console, string name, string value) => console.Output.WriteLine($"{name,-16} {value}");
}
