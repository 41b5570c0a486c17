using System.Text;

namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>The texts that an object carries beside its contents.</summary>
/// <remarks>
/// Source: HDF5 File Format Specification 3.0, sections IV.A.2.m and III.E. Only those in the header itself are looked at: an object keeps
/// them elsewhere from the ninth on, and Keras gives one.
/// </remarks>
internal static class Hdf5Attributes
{
    private const int Longest = 1 << 12;

    /// <returns>An attribute's text; null where there is none of that name.</returns>
    /// <exception cref="InvalidDataException">It is damaged, or no text.</exception>
    public static string? Text(Hdf5Reader reader, Hdf5ObjectHeader header, string name)
    {
        foreach (var message in header.Messages)
        {
            if (message.Kind == Hdf5MessageKind.Attribute && TryText(reader, message.Data.Span, name) is { } text)
            {
                return text;
            }
        }

        return null;
    }

    private static string? TryText(Hdf5Reader reader, ReadOnlySpan<byte> message, string name)
    {
        const int IsShared = 3;
        var cursor = new Hdf5Cursor(message);
        var (version, flags) = (cursor.Byte(), cursor.Byte());
        if (version is < 1 or > 3)
        {
            throw new InvalidDataException($"it is damaged: an attribute has version {version}");
        }

        var (nameBytes, typeBytes, spaceBytes) = (cursor.UInt16(), cursor.UInt16(), cursor.UInt16());
        cursor.Skip(version == 3 ? 1u : 0);
        var padding = version == 1 ? 7u : 0; // to a multiple of eight
        if (Terminated(cursor.Take((nameBytes + padding) & ~padding)[..nameBytes]) != name)
        {
            return null;
        }

        if (version > 1 && (flags & IsShared) != 0)
        {
            throw new InvalidDataException($"the attribute {name} takes its type from elsewhere in the file, as no weight file's does");
        }

        var type = Hdf5DataType.Parse(cursor.Take((typeBytes + padding) & ~padding));
        if (Hdf5DataSpace.Parse(cursor.Take((spaceBytes + padding) & ~padding)).Elements != 1)
        {
            throw new InvalidDataException($"the attribute {name} is no single text");
        }

        return type switch
        {
            { Class: Hdf5TypeClass.String, Bytes: <= Longest } => Terminated(cursor.Take(type.Bytes)),
            { Class: Hdf5TypeClass.VariableLength, IsText: true } => Elsewhere(reader, length: cursor.UInt32(), heap: cursor.UInt64(), index: cursor.UInt32()),
            _ => throw new InvalidDataException($"the attribute {name} is no text"),
        };
    }

    /// <summary>A text of any length, which lies with others of its kind.</summary>
    private static string Elsewhere(Hdf5Reader reader, uint length, ulong heap, uint index)
    {
        const int HeaderBytes = 16;
        if (length == 0)
        {
            return "";
        }

        var start = new Hdf5Cursor(reader.Read(heap, HeaderBytes));
        start.Expect("GCOL"u8, version: 1);
        start.Skip(3);
        var cursor = new Hdf5Cursor(reader.Read(heap, start.UInt64()));
        cursor.Skip(HeaderBytes);
        while (cursor.Rest.Length >= HeaderBytes)
        {
            var number = cursor.UInt16();
            cursor.Skip(6);
            var size = cursor.UInt64();
            if (number == index)
            {
                return length <= Longest ? Terminated(cursor.Take(size)[..(int)Math.Min(length, size)]) : throw new InvalidDataException("a text in it is impossibly long");
            }

            if (number == 0)
            {
                break; // free space, which ends it
            }

            cursor.Skip(size > ulong.MaxValue - 7 ? size : (size + 7) & ~7ul);
        }

        throw new InvalidDataException("it is damaged: a text in it is not where it should be");
    }

    private static string Terminated(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }
}
