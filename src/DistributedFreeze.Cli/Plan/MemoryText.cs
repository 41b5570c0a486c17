using System.Collections.Immutable;
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
        Line(console, "Memory", $"up to {Amount.Bytes(memory.Bytes)} {(memory.DeviceBytes is null ? "" : "of the host ")}per replica, {Amount.Bytes(memory.BytesOfAnother)} for a further one on the same host");
        Line(console, "Cached features", $"up to {Amount.Bytes(memory.FeatureBytes)} of memory besides");
        Line(console, "There are", $"{Amount.Bytes(memory.AvailableBytes)} for runs");
        Line(console, "At most", $"{memory.Moment}:");
        Parts(console, memory.Parts);
        if (memory is { DeviceBytes: { } least, DeviceBytesAtMost: { } most })
        {
            Line(console, "GPU memory", $"at least {Amount.Bytes(least)} of each replica's GPU, up to {Amount.Bytes(most)} by large blocks of images; kept features take up to half of what is left:");
            Parts(console, memory.DeviceParts);
        }
    }

    private static void Parts(CommandConsole console, ImmutableArray<PlannedMemoryPart> parts)
    {
        foreach (var part in parts.Take(Named))
        {
            Line(console, "", $"{Amount.Bytes(part.Bytes),-8} {part.What}");
        }
    }

    private static void Line(CommandConsole console, string name, string value) => console.Output.WriteLine($"{name,-16} {value}");
}
