using System.Buffers.Binary;

namespace DistributedFreeze.Training.Native;

/// <summary>A shared library for 64-bit little-endian x86 Linux, in the ELF format (System V ABI, "Object Files"; offsets from elf.h).</summary>
internal static class ElfFile
{
    public const int HeaderSize = 64;
    public const int ProgramHeaderSize = 56;
    private const int SectionHeaderSize = 64;
    private const ushort SharedObject = 3;
    private const ushort X86Machine = 62;

    /// <summary>Checks that a file is such a library and reaches as far as its headers say.</summary>
    /// <remarks>
    /// The dynamic loader trusts those headers: a library cut short kills the process with SIGBUS instead of reporting an error.
    /// Linkers write the section headers last, so a cut anywhere shows. Two small reads, whatever the file's size.
    /// </remarks>
    /// <exception cref="InvalidDataException">It is cut short, or no such library.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static void CheckWhole(string path)
    {
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        Span<byte> header = stackalloc byte[HeaderSize];
        var read = RandomAccess.Read(file, header, 0);
        CheckHeader(header[..read]);

        var programs = (Offset: BinaryPrimitives.ReadUInt64LittleEndian(header[32..]), Count: BinaryPrimitives.ReadUInt16LittleEndian(header[56..]));
        var sections = (Offset: BinaryPrimitives.ReadUInt64LittleEndian(header[40..]), Count: BinaryPrimitives.ReadUInt16LittleEndian(header[60..]));
        CheckInside(programs.Offset, (ulong)programs.Count * ProgramHeaderSize, length);
        CheckInside(sections.Offset, (ulong)sections.Count * SectionHeaderSize, length);

        Span<byte> program = stackalloc byte[ProgramHeaderSize];
        for (var i = 0; i < programs.Count; i++)
        {
            _ = RandomAccess.Read(file, program, (long)programs.Offset + (i * ProgramHeaderSize));
            CheckInside(BinaryPrimitives.ReadUInt64LittleEndian(program[8..]), BinaryPrimitives.ReadUInt64LittleEndian(program[32..]), length);
        }
    }

    /// <exception cref="InvalidDataException">These are not the first bytes of such a library.</exception>
    public static void CheckHeader(ReadOnlySpan<byte> header)
    {
        const byte SixtyFourBits = 2, LittleEndian = 1;
        if (header.Length < HeaderSize
            || !header.StartsWith("\u007fELF"u8)
            || header[4] != SixtyFourBits
            || header[5] != LittleEndian
            || BinaryPrimitives.ReadUInt16LittleEndian(header[16..]) != SharedObject
            || BinaryPrimitives.ReadUInt16LittleEndian(header[18..]) != X86Machine
            || BinaryPrimitives.ReadUInt16LittleEndian(header[54..]) != ProgramHeaderSize)
        {
            throw new InvalidDataException("It is not a shared library for Linux x64.");
        }
    }

    private static void CheckInside(ulong offset, ulong size, long length)
    {
        if (offset > (ulong)length || size > (ulong)length - offset)
        {
            throw new InvalidDataException($"It is cut short: its headers reach beyond its {length} bytes.");
        }
    }
}
