using System.Collections.Immutable;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Grains.Events;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>A run's log beside its model: its events, a line each, down to its end.</summary>
internal static class RunLogFile
{
    /// <summary>Writes it before the end is told: who learns of the end finds the log.</summary>
    /// <param name="output">Where the run leaves its files.</param>
    /// <param name="events">What has happened.</param>
    /// <param name="ended">The end, which is to be told.</param>
    /// <param name="at">When it ended.</param>
    /// <exception cref="CoordinatorLostException">Events could not be stored.</exception>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static async Task WriteAsync(OutputFolder output, RunEventLog events, RunEvent.Ended ended, DateTimeOffset at)
    {
        await events.FlushAsync();
        var lines = ImmutableArray.CreateBuilder<string>();
        for (var last = 0L; last < events.Last;)
        {
            var block = await events.ReadAsync(last, TimeSpan.Zero);
            lines.AddRange(block.Select(RunEventText.Line));
            last = block[^1].Sequence;
        }

        lines.Add(RunEventText.Line(ended with { Sequence = events.Last + 1, At = at }));
        output.WriteLog(lines);
    }
}
