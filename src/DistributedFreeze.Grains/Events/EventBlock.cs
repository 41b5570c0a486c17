using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Events;

/// <summary>Some of a run's events that follow one another, as they are stored.</summary>
[GenerateSerializer, Immutable, Alias("df.event-block")]
public sealed record EventBlock
{
    /// <summary>Events of a full block.</summary>
    public const int Size = 64;

    /// <summary>The events, in order.</summary>
    [Id(0)] public ImmutableArray<RunEvent> Events { get; init; } = [];

    /// <summary>By which the writer knows this very write again; each has another one.</summary>
    [Id(1)] public Guid Stamp { get; init; }

    /// <summary>The block that holds an event.</summary>
    /// <param name="sequence">Number of the event, from 1.</param>
    /// <returns>The block's number, from 0.</returns>
    public static int NumberOf(long sequence) => (int)((sequence - 1) / Size);
}
