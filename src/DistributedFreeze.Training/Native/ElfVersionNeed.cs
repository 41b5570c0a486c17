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
        var dynamic = ElfDynamic.Read(library);
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

    private static void CheckUnused(ReadOnlySpan<byte> library, ElfDynamic dynamic, ushort index, string version)
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
}
