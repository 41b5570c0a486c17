using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace DistributedFreeze.Hostile.Fuzzing;

/// <summary>Makes inputs out of others by small damage: bits, numbers where lengths may stand, pieces moved, repeated, left out or taken from another.</summary>
/// <param name="random">Decides.</param>
/// <param name="words">Pieces that mean something to the reader.</param>
/// <param name="isText">Whether numbers have digits, rather than bytes.</param>
/// <param name="longest">Bytes of the longest input that is made.</param>
internal sealed class Mutator(Random random, byte[][] words, bool isText, int longest)
{
    private static readonly long[] Numbers =
    [
        0, 1, 2, 3, 4, 7, 8, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 1000, 1023, 1024, 4095, 4096, 16_383, 32_767, 32_768, 65_535, 65_536, 1 << 20, 1 << 24,
        1 << 28, 1 << 30, int.MaxValue, 1L << 31, uint.MaxValue, 1L << 32, 1L << 40, 1L << 48, 1L << 62, long.MaxValue, long.MinValue, -1, -2, -8, int.MinValue,
    ];

    /// <summary>What decides.</summary>
    public Random Random => random;

    /// <summary>A number at which readers have bounds.</summary>
    public long Number() => Numbers[random.Next(Numbers.Length)];

    /// <param name="input">Stays as it is.</param>
    /// <param name="other">Another input, to take pieces from.</param>
    public byte[] Mutate(byte[] input, byte[] other)
    {
        var bytes = new List<byte>(input);
        for (var changes = 1 + (random.Next(2) * random.Next(3) * random.Next(4)); changes > 0; changes--)
        {
            Change(bytes, other);
        }

        return [.. bytes.Take(longest)];
    }

    private void Change(List<byte> bytes, byte[] other)
    {
        if (bytes.Count == 0)
        {
            bytes.AddRange(other);
            return;
        }

        var at = Place(bytes);
        switch (random.Next(14))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(isText ? 7 : 8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(isText ? 128 : 256);
                break;
            case 2 or 3 or 4:
                Put(bytes, at, NumberBytes());
                break;
            case 5: // an address, an offset or a name becomes another one of the same file
                Put(bytes, at, Piece([.. bytes], 16));
                break;
            case 6:
                Put(bytes, at, Enumerable.Repeat((byte)random.Next(256), random.Next(1, 17)).ToArray());
                break;
            case 7:
                bytes.RemoveRange(at, Length(bytes.Count - at));
                break;
            case 8:
                bytes.InsertRange(at, Piece([.. bytes], int.MaxValue));
                break;
            case 9:
                bytes.InsertRange(at, Piece(other, int.MaxValue));
                break;
            case 10:
                Repeat(bytes, at);
                break;
            case 11 when random.Next(4) == 0:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 11:
                var (a, b) = (Place(bytes), Place(bytes));
                (bytes[a], bytes[b]) = (bytes[b], bytes[a]);
                break;
            case 12 when words.Length > 0:
                bytes.InsertRange(at, words[random.Next(words.Length)]);
                break;
            case 13 when words.Length > 0:
                Put(bytes, at, words[random.Next(words.Length)]);
                break;
            default:
                bytes[at] = (byte)(bytes[at] + random.Next(-4, 5));
                break;
        }
    }

    /// <summary>Rather where something stands: formats are full of zeros that nobody reads.</summary>
    private int Place(List<byte> bytes)
    {
        var at = random.Next(bytes.Count);
        for (var tries = 0; tries < 16 && bytes[at] == 0 && (at == 0 || bytes[at - 1] == 0); tries++)
        {
            at = random.Next(bytes.Count);
        }

        return at;
    }

    private byte[] NumberBytes()
    {
        var bytes = new byte[sizeof(long)];
        var number = Number();
        if (isText)
        {
            return Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));
        }

        var width = 1 << random.Next(4);
        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
            return bytes[..width];
        }

        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes[^width..];
    }

    private void Repeat(List<byte> bytes, int at)
    {
        var piece = bytes.GetRange(at, Math.Min(Length(bytes.Count - at), 256));
        var times = Math.Min(1 << random.Next(13), Math.Max(0, longest - bytes.Count) / piece.Count);
        bytes.InsertRange(at, Enumerable.Repeat(piece, times).SelectMany(repeated => repeated));
    }

    private byte[] Piece(byte[] from, int most)
    {
        if (from.Length == 0)
        {
            return [];
        }

        var start = random.Next(from.Length);
        return from[start..(start + Math.Min(Length(from.Length - start), most))];
    }

    /// <summary>Rather a short one, at least 1.</summary>
    private int Length(int most) => random.Next(1, Math.Min(most, 1 << random.Next(12)) + 1);

    private static void Put(List<byte> bytes, int at, byte[] piece)
    {
        for (var i = 0; i < piece.Length && at + i < bytes.Count; i++)
        {
            bytes[at + i] = piece[i];
        }
    }
}
