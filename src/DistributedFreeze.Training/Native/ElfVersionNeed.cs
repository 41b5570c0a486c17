using System.Buffers.Binary;
using System.Text;

namespace DistributedFreeze.Training.Native;

/// <summary>Makes one symbol version that a shared library asks for optional.</summary>
/// <remarks>
/// A library lists the symbol versions it needs of other libraries (Linux Standard Base, "Symbol Versioning": Elfxx_Verneed and
/// Elfxx_Vernaux), and the dynamic loader refuses it when one is absent, unless that entry carries the flag VER_FLG_WEAK. Setting
/// the flag changes one byte. It is sound only while no relocation refers to a symbol of that version, since nothing then
/// looks such a symbol up; that is checked. Pure and thread-safe.
/// </remarks>
internal static class ElfVersionNeed
{
    private const byte Weak = 2;

    /// <summary>Copies a library with the flag set.</summary>
    /// <param name="library">The bytes of a shared library for Linux x64.</param>
    /// <param name="version">The version, such as <c>GLIBCXX_3.4.32</c>.</param>
    /// <returns>A copy that differs in the flags of every entry of that name, and in nothing else.</returns>
    /// <exception cref="InvalidDataException">
    /// The bytes are no such library or are damaged, the version is not among those it needs, or a relocation uses a symbol of that version.
    /// </exception>
    public static byte[] MakeOptional(ReadOnlySpan<byte> library, string version)
    {
        ElfFile.CheckHeader(library);
        var dynamic = Dynamic.Read(library);
        var patched = library.ToArray();
        var found = false;

        var wanted = Encoding.ASCII.GetBytes(version);

        // Damaged steps could lead round in circles, and a library has no more entries than this.
        var budget = 10_000;
        ulong step, auxiliaryStep;
        for (var need = dynamic.VersionNeed; dynamic.VersionNeedCount > 0; need += step)
        {
            var entry = dynamic.At(library, need, 16);
            for (var aux = need + BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]); ; aux += auxiliaryStep)
            {
                var auxiliary = dynamic.At(library, aux, 16);
                if (dynamic.Name(library, BinaryPrimitives.ReadUInt32LittleEndian(auxiliary[8..])).SequenceEqual(wanted))
                {
                    CheckUnused(library, dynamic, BinaryPrimitives.ReadUInt16LittleEndian(auxiliary[6..]), version);
                    patched[dynamic.Offset(aux, 16, library.Length) + 4] |= Weak;
                    found = true;
                }

                if (--budget < 0)
                {
                    throw new InvalidDataException("It is damaged: its list of versions does not end.");
                }

                // Both chains end with a step of 0.
                auxiliaryStep = BinaryPrimitives.ReadUInt32LittleEndian(auxiliary[12..]);
                if (auxiliaryStep == 0)
                {
                    break;
                }
            }

            step = BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]);
            if (step == 0)
            {
                break;
            }
        }

        return found ? patched : throw new InvalidDataException($"It does not ask for {version}.");
    }

    private static void CheckUnused(ReadOnlySpan<byte> library, Dynamic dynamic, ushort index, string version)
    {
        const int RelocationSize = 24, IndexMask = 0x7fff;
        foreach (var (address, size) in new[] { dynamic.Relocations, dynamic.CallRelocations })
        {
            var relocations = dynamic.At(library, address, size);
            for (; relocations.Length >= RelocationSize; relocations = relocations[RelocationSize..])
            {
                var symbol = BinaryPrimitives.ReadUInt32LittleEndian(relocations[12..]);
                var versionOfSymbol = BinaryPrimitives.ReadUInt16LittleEndian(dynamic.At(library, dynamic.SymbolVersions + (2UL * symbol), 2));
                if (symbol != 0 && (versionOfSymbol & IndexMask) == index)
                {
                    throw new InvalidDataException($"It really uses a symbol of {version}.");
                }
            }
        }
    }

    /// <summary>What the library's dynamic section says, found as the loader finds it: by segments, not by sections.</summary>
    private sealed class Dynamic
    {
        private const uint LoadSegment = 1, DynamicSegment = 2;
        private readonly List<(ulong Address, ulong Offset, ulong Size)> _segments = [];
        private (ulong Address, ulong Size) _strings;

        public ulong VersionNeed { get; private set; }

        public ulong VersionNeedCount { get; private set; }

        public ulong SymbolVersions { get; private set; }

        public (ulong Address, ulong Size) Relocations { get; private set; }

        public (ulong Address, ulong Size) CallRelocations { get; private set; }

        public static Dynamic Read(ReadOnlySpan<byte> library)
        {
            var result = new Dynamic();
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

        /// <summary>Tags of elf.h: DT_PLTRELSZ, DT_STRTAB, DT_RELA, DT_RELASZ, DT_STRSZ, DT_JMPREL, DT_VERSYM, DT_VERNEED, DT_VERNEEDNUM.</summary>
        private void Take(ulong tag, ulong value)
        {
            switch (tag)
            {
                case 2:
                    CallRelocations = CallRelocations with { Size = value };
                    break;
                case 5:
                    _strings.Address = value;
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
}
