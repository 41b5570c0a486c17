using DistributedFreeze.Cli.Results.Curves;
using Google.Protobuf;

namespace DistributedFreeze.Cli.Results.TensorBoard;

/// <summary>The few messages of TensorBoard's <c>event.proto</c> and <c>summary.proto</c> that a run writes. Pure and thread-safe.</summary>
/// <remarks>Wall times are seconds since 1970 in UTC. Everything in them comes from the run's events, so that a file that is written again has the same bytes.</remarks>
internal static class EventMessage
{
    private const int FileVersion = 3;
    private const int Summary = 5;
    private const int SessionLog = 7;

    /// <summary>The first message of every file.</summary>
    public static byte[] Version(DateTimeOffset at) => Of(at, step: 0, message => String(message, FileVersion, "brain.Event:2"));

    /// <summary>
    /// What follows begins at a step: of what an earlier file beside this one has from there on, which a process that was killed had told and its successor does again, TensorBoard
    /// keeps nothing.
    /// </summary>
    public static byte[] Start(DateTimeOffset at, long step) => Of(at, step, message => Nested(message, SessionLog, log =>
    {
        log.WriteTag(1, WireFormat.WireType.Varint); // status
        log.WriteEnum(1); // START
    }));

    /// <summary>Points of one step.</summary>
    public static byte[] Scalars(IReadOnlyList<Scalar> points) => Of(points[0].At, points[0].Step, message => Nested(message, Summary, summary =>
    {
        foreach (var point in points)
        {
            Nested(summary, 1, value =>
            {
                String(value, 1, point.Tag);
                value.WriteTag(2, WireFormat.WireType.Fixed32); // simple_value
                value.WriteFloat((float)point.Value);
            });
        }
    }));

    private static byte[] Of(DateTimeOffset at, long step, Action<CodedOutputStream> what) => Bytes(message =>
    {
        message.WriteTag(1, WireFormat.WireType.Fixed64); // wall_time
        message.WriteDouble((at - DateTimeOffset.UnixEpoch).TotalSeconds);
        message.WriteTag(2, WireFormat.WireType.Varint); // step
        message.WriteInt64(step);
        what(message);
    });

    private static void String(CodedOutputStream message, int number, string text)
    {
        message.WriteTag(number, WireFormat.WireType.LengthDelimited);
        message.WriteString(text);
    }

    private static void Nested(CodedOutputStream message, int number, Action<CodedOutputStream> fields)
    {
        message.WriteTag(number, WireFormat.WireType.LengthDelimited);
        message.WriteBytes(ByteString.CopyFrom(Bytes(fields)));
    }

    private static byte[] Bytes(Action<CodedOutputStream> fields)
    {
        using var bytes = new MemoryStream();
        using (var message = new CodedOutputStream(bytes, leaveOpen: true))
        {
            fields(message);
        }

        return bytes.ToArray();
    }
}
