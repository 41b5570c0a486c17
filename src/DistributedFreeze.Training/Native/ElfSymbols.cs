using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Training.Native;

/// <summary>The symbols of a shared library for Linux x64, and the libraries that it needs, read from its file without loading it.</summary>
/// <remarks>
/// Symbols are found as the dynamic loader finds them, by the table of DT_GNU_HASH (number of buckets, first symbol in it, size and shift of a filter that is not
/// used here; the filter; the buckets; a hash for each symbol, whose lowest bit ends a bucket). A table of half a gigabyte's library is read in some milliseconds, since only the pages
/// that are asked for are read. Thread-safe until it is disposed of.
/// </remarks>
internal sealed unsafe class ElfSymbols : IDisposable
{
    private const int SymbolSize = 24;
    private const int Undefined = 0;
    private const int Weak = 2;
    private const int VersionMask = 0x7fff;

    /// <summary>Versions up to here are none: a symbol of this library's own, and one of whichever library has it.</summary>
    private const int AnyVersion = 1;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly int _length;
    private readonly ElfDynamic _dynamic;

    /// <param name="path">The library.</param>
    /// <exception cref="InvalidDataException">It is no such library, is damaged, or of 2 GiB and more.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public ElfSymbols(string path)
    {
        ElfFile.CheckWhole(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        _length = stream.Length <= int.MaxValue ? (int)stream.Length : throw new InvalidDataException($"It has {stream.Length} bytes, more than are read.");
        _file = MemoryMappedFile.CreateFromFile(stream, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        try
        {
            _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            Pages.AcquirePointer(ref _start);
            _dynamic = ElfDynamic.Read(Bytes);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private SafeMemoryMappedViewHandle Pages => _view.SafeMemoryMappedViewHandle;

    private ReadOnlySpan<byte> Bytes => new(_start, _length);

    /// <summary>File names of the libraries that it needs.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public IReadOnlyList<string> Needed() => _dynamic.Needed(Bytes);

    /// <summary>Whether symbols can be looked up in it.</summary>
    public bool HasTable => _dynamic is { SymbolHash: > 0, Symbols: > 0 };

    /// <summary>Names of the symbols that others have to bring, but for those of a version, which are the C and C++ libraries', and those that may be absent.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public List<string> Missing()
    {
        var names = new List<string>();
        var first = Table(out _, out _);
        for (uint i = 1; i < first; i++)
        {
            var symbol = Symbol(i);
            if (symbol.Section == Undefined && symbol.Binding != Weak && VersionOf(i) <= AnyVersion)
            {
                names.Add(Encoding.UTF8.GetString(_dynamic.Name(Bytes, symbol.Name)));
            }
        }

        return names;
    }

    /// <summary>Whether it has a symbol of a name for others.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public bool Has(string name)
    {
        var wanted = Encoding.UTF8.GetBytes(name);
        var hash = 5381u;
        foreach (var letter in wanted)
        {
            hash = unchecked((hash * 33) + letter);
        }

        var first = Table(out var buckets, out var count);
        var index = count == 0 ? 0 : Word(buckets + (4UL * (hash % count)));
        if (index < first)
        {
            return false; // an empty bucket
        }

        var hashes = buckets + (4UL * count);
        for (; ; index++)
        {
            var other = Word(hashes + (4UL * (index - first)));
            if ((other | 1) == (hash | 1) && Symbol(index) is { Section: not Undefined } symbol && _dynamic.Name(Bytes, symbol.Name).SequenceEqual(wanted))
            {
                return true;
            }

            if ((other & 1) != 0)
            {
                return false;
            }
        }
    }

    public void Dispose()
    {
        if (_view is not null)
        {
            if (_start is not null)
            {
                Pages.ReleasePointer();
            }

            _view.Dispose();
        }

        _file.Dispose();
    }

    /// <returns>Index of the first symbol in the table: all that are not defined stand before it.</returns>
    private uint Table(out ulong buckets, out uint count)
    {
        if (!HasTable)
        {
            throw new InvalidDataException("It has no table of its symbols.");
        }

        var header = _dynamic.SymbolHash;
        count = Word(header);
        buckets = header + 16 + (8UL * Word(header + 8));
        return Word(header + 4);
    }

    private uint Word(ulong address) => BinaryPrimitives.ReadUInt32LittleEndian(_dynamic.At(Bytes, address, 4));

    private (uint Name, int Binding, ushort Section) Symbol(uint index)
    {
        var symbol = _dynamic.At(Bytes, _dynamic.Symbols + ((ulong)SymbolSize * index), SymbolSize);
        return (BinaryPrimitives.ReadUInt32LittleEndian(symbol), symbol[4] >> 4, BinaryPrimitives.ReadUInt16LittleEndian(symbol[6..]));
    }

    private int VersionOf(uint index) => _dynamic.SymbolVersions == 0
        ? AnyVersion
        : BinaryPrimitives.ReadUInt16LittleEndian(_dynamic.At(Bytes, _dynamic.SymbolVersions + (2UL * index), 2)) & VersionMask;
}
