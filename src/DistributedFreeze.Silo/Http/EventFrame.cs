using System.Collections.Immutable;
using System.Text;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Silo.Http;

/// <summary>An event as a stream of server-sent events has it.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Bytes">What is sent, the same for everybody.</param>
/// <param name="IsEnd">Whether none follows.</param>
internal sealed record EventFrame(long Sequence, ReadOnlyMemory<byte> Bytes, bool IsEnd)
{
    /// <summary>Type of a stream's content.</summary>
    public const string StreamType = "text/event-stream";

    public static EventFrame Of(RunEvent happened) => new(
        happened.Sequence,
        Encoding.UTF8.GetBytes($"id: {happened.Sequence}\nevent: {ApiJson.KindOf(happened)}\ndata: {ApiJson.Of(happened)}\n\n"),
        happened is RunEvent.Ended);

    public static ImmutableArray<EventFrame> Of(ImmutableArray<RunEvent> happened) => [.. happened.Select(Of)];
}
