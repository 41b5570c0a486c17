using System.Buffers.Binary;
using System.Text;

namespace DistributedFreeze.Training.Native;

/// <summary>An empty library that the dynamic loader hands out for a path, whatever lies there.</summary>
/// <remarks>
/// <para>
/// TorchSharp loads libtorch by its name when it starts, and .NET looks for that beside the program first and opens it by its path. To the loader that is
/// another library than the one of that name which was loaded from elsewhere, and there would be two libtorchs in one process. TorchSharp has no setting for it.
/// </para>
/// <para>
/// But before it opens a file, the loader compares what it is asked for with the name that each loaded library gives itself (DT_SONAME;
/// <c>_dl_map_object</c> of glibc's elf/dl-load.c). A library that is called by the path takes that call, and nothing is opened.
/// </para>
/// </remarks>
internal static class StandIn
{
    private const int HeaderSize = ElfFile.HeaderSize, ProgramSize = ElfFile.ProgramHeaderSize, Programs = 3, EntrySize = 16, SymbolSize = 24;

    /// <summary>Takes the place of a library for the rest of the process.</summary>
    /// <param name="path">Its full path, as it will be asked for.</param>
    /// <exception cref="IOException">A private library does not load on this host.</exception>
    public static void Take(string path) => PrivateLibrary.Load("stand-in.so", Of(path));

    /// <summary>The bytes of an empty library for Linux x64 that calls itself so.</summary>
    /// <remarks>Headers, and in one segment that may be written, since the loader writes there: the dynamic section, one empty symbol, names.</remarks>
    internal static byte[] Of(string name)
    {
        var names = Encoding.UTF8.GetBytes($"\0{name}\0");
        var dynamic = HeaderSize + (Programs * ProgramSize);
        (ulong Tag, ulong Value)[] entries = [(5, 0), (6, 0), (10, (ulong)names.Length), (11, SymbolSize), (14, 1), (0, 0)];
        var symbols = dynamic + (entries.Length * EntrySize);
        var strings = symbols + SymbolSize;
        entries[0].Value = (ulong)strings;
        entries[1].Value = (ulong)symbols;
        var bytes = new byte[strings + names.Length];
        var size = (ulong)bytes.Length;

        "\u007fELF"u8.CopyTo(bytes);
        (bytes[4], bytes[5], bytes[6]) = (2, 1, 1); // 64 bits, little-endian, version 1
        Half(16, 3); // a shared object
        Half(18, 62); // for x64
        Half(20, 1);
        Word(32, HeaderSize); // where the program headers are
        Half(52, HeaderSize);
        Half(54, ProgramSize);
        Half(56, Programs);

        const int Load = 1, Dynamic = 2, Stack = 0x6474e551, ReadWrite = 6;
        Program(0, Load, 0, size, align: 0x1000);
        Program(1, Dynamic, (ulong)dynamic, (ulong)(entries.Length * EntrySize), align: 8);
        Program(2, Stack, 0, 0, align: 16); // without it the stack would have to be executable
        for (var i = 0; i < entries.Length; i++)
        {
            Word(dynamic + (i * EntrySize), entries[i].Tag);
            Word(dynamic + (i * EntrySize) + 8, entries[i].Value);
        }

        names.CopyTo(bytes, strings);
        return bytes;

        void Half(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), value);

        void Word(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), value);

        void Program(int index, uint kind, ulong offset, ulong length, ulong align)
        {
            var at = HeaderSize + (index * ProgramSize);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), kind);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at + 4), ReadWrite);
            Word(at + 8, offset);
            Word(at + 16, offset); // its address
            Word(at + 24, offset);
            Word(at + 32, length);
            Word(at + 40, length);
            Word(at + 48, align);
        }
    }
}
