using System.Buffers.Binary;

namespace DistributedFreeze.Data.Archives;

/// <summary>The 512 bytes before a member, as POSIX.1-1988 (ustar) and GNU tar write them.</summary>
internal readonly ref struct TarHeader(ReadOnlySpan<byte> block)
{
    /// <summary>Bytes of a header, and what everything in a tar is a multiple of.</summary>
    public const int Bytes = 512;

    private readonly ReadOnlySpan<byte> _block = block;

    /// <summary>Whether there is nothing in it: such a block ends the archive.</summary>
    public bool IsZero => !_block.ContainsAnyExcept((byte)0);

    /// <summary>What kind of member follows.</summary>
    public char Kind => (char)_block[156];

    /// <summary>The member's name as it stands in the header.</summary>
    public byte[] Name
    {
        get
        {
            // GNU's own form of the header has times where ustar has the beginning of a long name.
            var name = Text(_block[..100]);
            var prefix = _block[257..263].SequenceEqual("ustar\0"u8) ? Text(_block[345..500]) : [];
            return prefix.IsEmpty ? name.ToArray() : [.. prefix, (byte)'/', .. name];
        }
    }

    /// <summary>Length of the member in bytes; null where it is no number, or none that a file may have.</summary>
    public long? Length => Number(_block[124..136]);

    /// <summary>Whether the header is what was written: it holds the sum of its own bytes.</summary>
    public bool IsWhole
    {
        get
        {
            if (Number(_block[148..156]) is not { } said)
            {
                return false;
            }

            var (sum, signed) = (0, 0); // old writers added up signed characters
            for (var i = 0; i < Bytes; i++)
            {
                var value = i is >= 148 and < 156 ? (byte)' ' : _block[i];
                sum += value;
                signed += (sbyte)value;
            }

            return said == sum || said == signed;
        }
    }

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> field) => field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field;

    /// <summary>Octal digits, or, as GNU tar writes what these cannot hold, a set highest bit and a binary number.</summary>
    private static long? Number(ReadOnlySpan<byte> field)
    {
        const byte Binary = 0x80;
        if ((field[0] & Binary) != 0)
        {
            var high = field[..^sizeof(long)];
            return field[0] == Binary && !high[1..].ContainsAnyExcept((byte)0) && BinaryPrimitives.ReadInt64BigEndian(field[^sizeof(long)..]) is >= 0 and var large
                ? large
                : null;
        }

        var digits = Text(field).Trim((byte)' ');
        long number = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                return null;
            }

            number = (number * 8) + (digit - '0'); // at most 12 digits of 3 bits
        }

        return number;
    }
}
