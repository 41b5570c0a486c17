using System.Buffers.Binary;

namespace DistributedFreeze.Data.Archives.Parquet;

/// <summary>Values of any length in the bytes of a page.</summary>
/// <param name="content">The bytes.</param>
/// <param name="starts">Where each value begins.</param>
/// <param name="lengths">How long each is.</param>
internal sealed class ByteValues(byte[] content, int[] starts, int[] lengths)
{
    /// <summary>Memory of values that are put together from others.</summary>
    private const long MostJoined = 64 << 20;

    /// <summary>How many there are.</summary>
    public int Count => starts.Length;

    /// <summary>A value.</summary>
    public ReadOnlySpan<byte> this[int index] => content.AsSpan(starts[index], lengths[index]);

    /// <summary>Each with its length before it.</summary>
    /// <param name="content">The page.</param>
    /// <param name="at">Where they begin.</param>
    /// <param name="count">How many there are.</param>
    /// <exception cref="InvalidDataException">There are fewer.</exception>
    public static ByteValues Plain(byte[] content, int at, int count)
    {
        Require(count, (content.Length - at) / sizeof(int));
        var (starts, lengths) = (new int[count], new int[count]);
        for (var i = 0; i < count; i++)
        {
            if (content.Length - at < sizeof(int) || BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(at)) is var length && (length < 0 || length > content.Length - at - sizeof(int)))
            {
                throw Bad();
            }

            (starts[i], lengths[i]) = (at + sizeof(int), length);
            at += sizeof(int) + length;
        }

        return new(content, starts, lengths);
    }

    /// <summary>All lengths first, then all bytes: DELTA_LENGTH_BYTE_ARRAY.</summary>
    /// <inheritdoc cref="Plain"/>
    public static ByteValues AfterLengths(byte[] content, int at, int count)
    {
        ReadOnlySpan<byte> rest = content.AsSpan(at);
        var lengths = DeltaNumbers.Read(ref rest, count);
        long start = content.Length - rest.Length;
        var (starts, all) = (new int[count], new int[count]);
        for (var i = 0; i < count; i++)
        {
            if (lengths[i] < 0 || lengths[i] > content.Length - start)
            {
                throw Bad();
            }

            (starts[i], all[i]) = ((int)start, (int)lengths[i]);
            start += lengths[i];
        }

        return new(content, starts, all);
    }

    /// <summary>Each as what it has in common with the one before, and the rest: DELTA_BYTE_ARRAY.</summary>
    /// <inheritdoc cref="Plain"/>
    public static ByteValues AfterPrefixes(byte[] content, int at, int count)
    {
        ReadOnlySpan<byte> rest = content.AsSpan(at);
        var prefixes = DeltaNumbers.Read(ref rest, count);
        var suffixes = AfterLengths(content, content.Length - rest.Length, count);
        var joined = new MemoryStream();
        var (starts, lengths) = (new int[count], new int[count]);
        for (var i = 0; i < count; i++)
        {
            var prefix = prefixes[i];
            var suffix = suffixes[i];
            if (prefix < 0 || prefix > (i == 0 ? 0 : lengths[i - 1]) || joined.Length + prefix + suffix.Length > MostJoined)
            {
                throw Bad();
            }

            starts[i] = (int)joined.Length;
            lengths[i] = (int)prefix + suffix.Length;
            if (prefix > 0)
            {
                joined.Write(joined.GetBuffer().AsSpan(starts[i - 1], (int)prefix).ToArray());
            }

            joined.Write(suffix);
        }

        return new(joined.ToArray(), starts, lengths);
    }

    private static void Require(int count, int most) => _ = count <= most ? 0 : throw Bad();

    private static InvalidDataException Bad() => new("a page is damaged: its values break off");
}
