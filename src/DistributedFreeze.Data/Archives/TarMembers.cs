using System.Globalization;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Data.Archives;

/// <summary>The members of a tar, one after the other. Nothing but their headers is read, and nothing of them is believed that the file's length speaks against.</summary>
/// <param name="window">The file.</param>
/// <param name="name">What errors call it.</param>
/// <param name="most">How many members are read.</param>
internal sealed class TarMembers(FileWindow window, string name, int most = TarMembers.Most)
{
    /// <summary>Members of one archive: those of a data set are spread over archives of some thousand each.</summary>
    internal const int Most = 2_000_000;

    /// <summary>Bytes of a header that says more of the member behind it; a name has some hundred.</summary>
    internal const int LongestExtension = 1 << 20;

    /// <summary>Empty bytes behind the last member; GNU tar's records have 10,240.</summary>
    private const long LongestEnd = 16 << 20;

    private const string Right = "write the archive anew";

    /// <summary>Reads them.</summary>
    /// <exception cref="InvalidInputException">The archive is damaged, breaks off, or has too many members.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public IEnumerable<TarMember> Read()
    {
        if (window.Length == 0)
        {
            throw Bad(0, "is empty, 0 bytes");
        }

        byte[]? longName = null;
        PaxRecords pax = default;
        long at = 0;
        for (var count = 0; Header(at, out var header); count++)
        {
            if (count == most)
            {
                throw Bad(at, string.Create(CultureInfo.InvariantCulture, $"has more than {most:N0} members; spread them over several archives"));
            }

            var isRegular = header.Kind is '0' or '\0' or '7';
            var length = isRegular && pax.Length is { } exact ? exact : header.Length;
            var start = BehindPieces(at, header.Kind);
            if (length > window.Length - start)
            {
                throw Bad(at, string.Create(CultureInfo.InvariantCulture, $"breaks off: a member of {length:N0} bytes, and {window.Length - start:N0} are left; it was not copied whole, or is damaged"));
            }

            var content = header.Kind is >= '1' and <= '6' ? 0 : length; // links, devices and folders have none, whatever their headers say
            if (header.Kind is 'x' or 'L')
            {
                if (length > LongestExtension)
                {
                    throw Bad(at, string.Create(CultureInfo.InvariantCulture, $"has a header of {length:N0} bytes, more than the {LongestExtension:N0} that are read; {Right}"));
                }

                var extension = window.Read(start, (int)length);
                if (header.Kind == 'L')
                {
                    longName = extension.TrimEnd((byte)0).ToArray();
                }
                else
                {
                    pax = PaxRecords.Read(extension) ?? throw Bad(at, $"has a pax header that cannot be read; {Right}");
                }
            }
            else if (header.Kind is not ('g' or 'K'))
            {
                yield return new(pax.Name ?? longName ?? header.Name, pax.IsSparse ? 'S' : isRegular ? '0' : header.Kind, start, content);
                (longName, pax) = (null, default);
            }

            at = start + ((content + TarHeader.Bytes - 1) / TarHeader.Bytes * TarHeader.Bytes);
        }
    }

    /// <summary>Where a member's bytes begin: behind its header, and behind the blocks that GNU tar lists more pieces of a sparse file in.</summary>
    private long BehindPieces(long at, char kind)
    {
        const int MoreInHeader = 482, MoreInBlock = 504;
        var start = at + TarHeader.Bytes;
        for (var more = kind == 'S' && window.Read(at, TarHeader.Bytes)[MoreInHeader] != 0; more; start += TarHeader.Bytes)
        {
            var block = window.Read(start, TarHeader.Bytes);
            more = block.Length == TarHeader.Bytes ? block[MoreInBlock] != 0 : throw Bad(at, "breaks off within a sparse file");
        }

        return start;
    }

    /// <returns>Whether a member begins there; false where the archive ends.</returns>
    private bool Header(long at, out (char Kind, long Length, byte[] Name) header)
    {
        header = default;
        var block = window.Read(at, TarHeader.Bytes);
        if (block.Length < TarHeader.Bytes)
        {
            throw Bad(at, "breaks off: the two empty blocks are missing that end a tar; it was not copied whole, or is no tar");
        }

        var read = new TarHeader(block);
        if (read.IsZero)
        {
            RequireNothingBehind(at);
            return false;
        }

        if (!read.IsWhole)
        {
            throw Bad(at, at == 0 && IsCompressed(block) is { } format
                ? $"is compressed ({format}): images can be read in place from a plain tar alone; decompress it, which makes photographs hardly larger"
                : at == 0 ? "is no tar, or damaged: its first header does not hold the sum of its bytes" : $"is damaged: a header does not hold the sum of its bytes; {Right}");
        }

        header = (read.Kind, read.Length ?? throw Bad(at, $"has a member whose length is no number, or none that a file may have; {Right}"), read.Name);
        return true;
    }

    /// <summary>Archives end in empty blocks up to a round number of them; what follows more than that, or is not empty, would be left out without a word.</summary>
    private void RequireNothingBehind(long at)
    {
        var rest = window.Length - at;
        if (rest > LongestEnd || window.Read(at, (int)rest).ContainsAnyExcept((byte)0))
        {
            throw Bad(at, string.Create(CultureInfo.InvariantCulture, $"has an empty block, with which a tar ends, and {rest:N0} bytes from there on; it was not copied whole, or several were put together: {Right}"));
        }
    }

    private static string? IsCompressed(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) ? "gzip"
        : start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) ? "zstd"
        : start.StartsWith((ReadOnlySpan<byte>)[0xFD, 0x37, 0x7A, 0x58, 0x5A]) ? "xz"
        : start.StartsWith("BZh"u8) ? "bzip2"
        : null;

    private InvalidInputException Bad(long at, string what) => new(name, at == 0 ? what : string.Create(CultureInfo.InvariantCulture, $"{what} (at byte {at:N0})"));
}

/// <summary>A member of a tar.</summary>
/// <param name="Name">Its name, as bytes.</param>
/// <param name="Kind"><c>0</c> for a file, <c>5</c> for a folder, <c>S</c> for one without its holes, else as ustar has it.</param>
/// <param name="Offset">Where its bytes begin in the archive.</param>
/// <param name="Length">How many there are.</param>
internal readonly record struct TarMember(byte[] Name, char Kind, long Offset, long Length);
