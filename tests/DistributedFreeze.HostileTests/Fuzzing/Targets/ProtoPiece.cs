namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>A field of a protobuf message, with the fields in it where its bytes are a message again. Lengths are made anew when it is written, so that damage stays where it was done.</summary>
/// <param name="Tag">Number and wire type.</param>
/// <param name="Bytes">What stands behind the tag; of length-delimited ones what stands behind the length.</param>
/// <param name="Fields">Those in it; null where there are none.</param>
internal sealed record ProtoPiece(ulong Tag, byte[] Bytes, List<ProtoPiece>? Fields)
{
    private const int Delimited = 2;

    /// <returns>The fields; null where the bytes are no message.</returns>
    public static List<ProtoPiece>? Parse(ReadOnlySpan<byte> bytes)
    {
        var fields = new List<ProtoPiece>();
        while (!bytes.IsEmpty)
        {
            if (!TryNumber(ref bytes, out var tag, out _) || tag >> 3 is 0 or > 1000)
            {
                return null;
            }

            byte[] content;
            switch (tag & 7)
            {
                case 0 when TryNumber(ref bytes, out _, out content):
                    break;
                case 1 when bytes.Length >= 8:
                    content = bytes[..8].ToArray();
                    bytes = bytes[8..];
                    break;
                case Delimited when TryNumber(ref bytes, out var length, out _) && length <= (ulong)bytes.Length:
                    content = bytes[..(int)length].ToArray();
                    bytes = bytes[(int)length..];
                    break;
                case 5 when bytes.Length >= 4:
                    content = bytes[..4].ToArray();
                    bytes = bytes[4..];
                    break;
                default:
                    return null;
            }

            fields.Add(new(tag, content, (tag & 7) == Delimited && content.Length > 1 ? Parse(content) : null));
        }

        return fields;
    }

    /// <returns>The bytes of a message.</returns>
    public static byte[] Write(IEnumerable<ProtoPiece> fields) => [.. fields.SelectMany(field =>
    {
        var bytes = field.Fields is { } inner ? Write(inner) : field.Bytes;
        return (byte[])[.. Number(field.Tag), .. (field.Tag & 7) == Delimited ? Number((ulong)bytes.Length) : [], .. bytes];
    })];

    /// <summary>Changes one field somewhere in a message: its content, or that it is there, once or often.</summary>
    /// <param name="message">Is changed.</param>
    /// <param name="other">Fields to take some from.</param>
    /// <param name="mutator">Damages the content.</param>
    public static void Change(List<ProtoPiece> message, List<ProtoPiece> other, Mutator mutator)
    {
        var fields = message;
        while (fields.Count > 0)
        {
            var at = mutator.Random.Next(fields.Count);
            if (fields[at].Fields is { } inner && mutator.Random.Next(8) > 0)
            {
                fields = inner;
                continue;
            }

            switch (mutator.Random.Next(8))
            {
                case 0:
                    fields.RemoveAt(at);
                    break;
                case 1:
                    fields.InsertRange(at, Enumerable.Repeat(fields[at], 1 << mutator.Random.Next(8)));
                    break;
                case 2 when other.Count > 0:
                    fields.Insert(at, other[mutator.Random.Next(other.Count)]);
                    break;
                case 3:
                    fields[at] = fields[at] with { Tag = (ulong)mutator.Random.Next(1, 20) << 3 | (fields[at].Tag & 7) };
                    break;
                default:
                    fields[at] = fields[at] with { Bytes = (fields[at].Tag & 7) == 0 ? Number((ulong)mutator.Number()) : mutator.Mutate(fields[at].Bytes, fields[at].Bytes), Fields = null };
                    break;
            }

            return;
        }
    }

    private static byte[] Number(ulong value)
    {
        var bytes = new List<byte>();
        for (; value > 127; value >>= 7)
        {
            bytes.Add((byte)(value | 128));
        }

        return [.. bytes, (byte)value];
    }

    private static bool TryNumber(ref ReadOnlySpan<byte> bytes, out ulong value, out byte[] content)
    {
        value = 0;
        for (var i = 0; i < Math.Min(10, bytes.Length); i++)
        {
            value |= (ulong)(bytes[i] & 127) << (7 * i);
            if (bytes[i] < 128)
            {
                content = bytes[..(i + 1)].ToArray();
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        content = [];
        return false;
    }
}
