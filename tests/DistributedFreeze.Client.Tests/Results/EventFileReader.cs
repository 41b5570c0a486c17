using System.Buffers.Binary;
using System.Text;
using DistributedFreeze.Cli.Results.TensorBoard;

namespace DistributedFreeze.Client.Tests.Results;

/// <summary>Reads event files as the format is described: records of TensorFlow's, and in each a message of protobuf's, decoded by hand.</summary>
internal static class EventFileReader
{
    internal sealed record Message(double WallTime, long Step, string? Version, int? SessionStatus, IReadOnlyList<(string Tag, float Value)> Values);

    public static IReadOnlyList<Message> Read(byte[] file)
    {
        var messages = new List<Message>();
        for (var at = 0; at < file.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            Assert.Equal(Mask(Crc32C.Of(file.AsSpan(at, 8))), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)));
            var content = file.AsSpan(at + 12, length).ToArray();
            Assert.Equal(Mask(Crc32C.Of(content)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)));
            messages.Add(Event(content));
            at += 16 + length;
        }

        return messages;
    }

    private static uint Mask(uint crc) => unchecked(((crc >> 15) | (crc << 17)) + 0xa282ead8);

    private static Message Event(byte[] content)
    {
        var fields = Fields(content).ToLookup(field => field.Number);
        var summary = fields[5].SelectMany(field => Fields(field.Bytes)).Select(value => Fields(value.Bytes).ToDictionary(field => field.Number));
        return new(
            BitConverter.ToDouble(fields[1].Single().Bytes),
            (long)fields[2].Single().Number64,
            fields[3].Select(field => Encoding.UTF8.GetString(field.Bytes)).SingleOrDefault(),
            fields[7].Select(field => (int?)Fields(field.Bytes).Single(status => status.Number == 1).Number64).SingleOrDefault(),
            [.. summary.Select(value => (Encoding.UTF8.GetString(value[1].Bytes), BitConverter.ToSingle(value[2].Bytes)))]);
    }

    private static List<(int Number, ulong Number64, byte[] Bytes)> Fields(byte[] message)
    {
        var fields = new List<(int, ulong, byte[])>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message, ref at);
            var length = (tag & 7) switch { 0 => 0, 1 => 8, 2 => (int)Varint(message, ref at), 5 => 4, _ => throw new InvalidDataException($"wire type {tag & 7}") };
            var number = (tag & 7) == 0 ? Varint(message, ref at) : 0;
            fields.Add(((int)(tag >> 3), number, message[at..(at + length)]));
            at += length;
        }

        return fields;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            value |= (ulong)(message[at] & 127) << shift;
            if (message[at++] < 128)
            {
                return value;
            }
        }
    }
}
