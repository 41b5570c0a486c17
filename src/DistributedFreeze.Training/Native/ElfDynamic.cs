using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace DistributedFreeze.Training.Native;

/// <summary>What a shared library's dynamic section says, found as the loader finds it: by segments, not by sections.</summary>
/// <remarks>Not thread-safe while it is read; immutable then. The library's bytes are its caller's, who passes them each time.</remarks>
internal sealed class ElfDynamic
{
    private const uint LoadSegment = 1, DynamicSegment = 2;
    private readonly List<(ulong Address, ulong Offset, ulong Size)> _segments = [];
    private readonly List<ulong> _needed = [];
    private (ulong Address, ulong Size) _strings;

    private ElfDynamic()
    {
    }

    public ulong VersionNeed { get; private set; }

    public ulong VersionNeedCount { get; private set; }

    /// <summary>Address of one number of two bytes for each symbol; 0 where symbols have no versions.</summary>
    public ulong SymbolVersions { get; private set; }

    /// <summary>Address of the symbols.</summary>
    public ulong Symbols { get; private set; }

    /// <summary>Address of the table by which symbols are looked up (DT_GNU_HASH); 0 for a library that has another one.</summary>
    public ulong SymbolHash { get; private set; }

    public (ulong Address, ulong Size) Relocations { get; private set; }

    public (ulong Address, ulong Size) CallRelocations { get; private set; }

    /// <param name="library">The bytes of a shared library for Linux x64.</param>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static ElfDynamic Read(ReadOnlySpan<byte> library)
    {
        var result = new ElfDynamic();
        ReadOnlySpan<byte> section = [];
        var headers = Slice(
            library,
            BinaryPrimitives.ReadUInt64LittleEndian(library[32..]),
            BinaryPrimitives.ReadUInt16LittleEndian(library[56..]) * (ulong)ElfFile.ProgramHeaderSize);
        for (; !headers.IsEmpty; headers = headers[ElfFile.ProgramHeaderSize..])
        {
            var (kind, offset) = (BinaryPrimitives.ReadUInt32LittleEndian(headers), BinaryPrimitives.ReadUInt64LittleEndian(headers[8..]));
            var (address, size) = (BinaryPrimitives.ReadUInt64LittleEndian(headers[16..]), BinaryPrimitives.ReadUInt64LittleEndian(headers[32..]));
            if (kind == LoadSegment)
            {
                result._segments.Add((address, offset, size));
            }
            else if (kind == DynamicSegment)
            {
                section = Slice(library, offset, size);
            }
        }

        for (; section.Length >= 16; section = section[16..])
        {
            result.Take(BinaryPrimitives.ReadUInt64LittleEndian(section), BinaryPrimitives.ReadUInt64LittleEndian(section[8..]));
        }

        return result;
    }

    /// <summary>File names of the libraries that it needs, in the order in which they are searched.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public ImmutableArray<string> Needed(ReadOnlySpan<byte> library)
    {
        var names = ImmutableArray.CreateBuilder<string>(_needed.Count);
        foreach (var offset in _needed)
        {
            names.Add(offset <= uint.MaxValue ? Encoding.UTF8.GetString(Name(library, (uint)offset)) : throw new InvalidDataException("It is damaged: the name of a library that it needs lies outside of it."));
        }

        return names.MoveToImmutable();
    }

    public ReadOnlySpan<byte> At(ReadOnlySpan<byte> library, ulong address, ulong size) =>
        size == 0 ? [] : library.Slice(Offset(address, size, library.Length), checked((int)size));

    /// <returns>Where in the file the bytes of an address are; all of them lie in the file.</returns>
    public int Offset(ulong address, ulong size, int length)
    {
        foreach (var segment in _segments)
        {
            var inside = unchecked(address - segment.Address);
            if (inside <= segment.Size && size <= segment.Size - inside
                && segment.Offset <= (ulong)length && inside + size <= (ulong)length - segment.Offset)
            {
                return (int)(segment.Offset + inside);
            }
        }

        throw Damaged();
    }

    public ReadOnlySpan<byte> Name(ReadOnlySpan<byte> library, uint offset)
    {
        var strings = At(library, _strings.Address, _strings.Size);
        var rest = offset < strings.Length ? strings[(int)offset..] : throw Damaged();
        var end = rest.IndexOf((byte)0);
        return end >= 0 ? rest[..end] : throw Damaged();
    }

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> library, ulong offset, ulong size) =>
        offset <= (ulong)library.Length && size <= (ulong)library.Length - offset
            ? library.Slice((int)offset, (int)size)
            : throw Damaged();

    private static InvalidDataException Damaged() => new("It is damaged: an entry of its dynamic section points outside it.");

    /// <summary>
    /// Tags of elf.h: DT_NEEDED, DT_PLTRELSZ, DT_STRTAB, DT_SYMTAB, DT_RELA, DT_RELASZ, DT_STRSZ, DT_JMPREL, DT_GNU_HASH, DT_VERSYM, DT_VERNEED,
    /// DT_VERNEEDNUM.
    /// </summary>
    private void Take(ulong tag, ulong value)
    {
        switch (tag)
        {
            case 1:
                _needed.Add(value);
                break;
            case 2:
                CallRelocations = CallRelocations with { Size = value };
                break;
            case 5:
                _strings.Address = value;
                break;
            case 6:
                Symbols = value;
                break;
            case 7:
                Relocations = Relocations with { Address = value };
                break;
            case 8:
                Relocations = Relocations with { Size = value };
                break;
            case 10:
                _strings.Size = value;
                break;
            case 23:
                CallRelocations = CallRelocations with { Address = value };
                break;
            case 0x6ffffef5:
                SymbolHash = value;
                break;
            case 0x6ffffff0:
                SymbolVersions = value;
                break;
            case 0x6ffffffe:
                VersionNeed = value;
                break;
            case 0x6fffffff:
                VersionNeedCount = value;
                break;
            default:
                break;
        }
    }
}
