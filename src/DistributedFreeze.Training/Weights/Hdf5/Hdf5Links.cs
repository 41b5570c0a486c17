using System.Text;

namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>What a group holds, by name. Only what lies in this file, once and under its own address, is taken.</summary>
/// <remarks>
/// Sources: HDF5 File Format Specification 3.0, sections III.B to III.D (groups up to 1.6, which Keras writes), IV.A.2.c and IV.A.2.g
/// (those since 1.8, which it writes with <c>track_order</c>). A link by name, into this file or another, is refused before it is followed.
/// </remarks>
internal static class Hdf5Links
{
    private const int LongestName = 1024;
    private const int Most = 100_000;

    /// <returns>Name and address of every object; null where the object is no group.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, or a link is none that weight files have.</exception>
    public static IReadOnlyList<(string Name, ulong Address)>? Of(Hdf5Reader reader, Hdf5ObjectHeader header)
    {
        var links = new List<(string, ulong)>();
        if (header.Find(Hdf5MessageKind.SymbolTable) is { } table)
        {
            AddOld(reader, table.Span, links);
            return links;
        }

        if (header.Find(Hdf5MessageKind.LinkInfo) is not { } info)
        {
            return null;
        }

        foreach (var message in header.Messages.Where(message => message.Kind == Hdf5MessageKind.Link))
        {
            Add(links, Link(message.Data.Span));
        }

        AddDense(reader, info.Span, links);
        return links;
    }

    private static void AddOld(Hdf5Reader reader, ReadOnlySpan<byte> table, List<(string, ulong)> links)
    {
        const int EntryBytes = 40, SymbolicLink = 2;
        var addresses = new Hdf5Cursor(table);
        var (tree, heap) = (addresses.UInt64(), addresses.UInt64());
        var names = LocalHeap(reader, heap);
        foreach (var (_, leaf) in Hdf5BTreeV1.Leaves(reader, tree, Hdf5BTreeV1.OfNames, keyBytes: 8))
        {
            var start = new Hdf5Cursor(reader.Read(leaf, 8));
            start.Expect("SNOD"u8, version: 1);
            start.Skip(1);
            var count = start.UInt16();
            var entries = new Hdf5Cursor(reader.Read(leaf + 8, (ulong)count * EntryBytes));
            for (var i = 0; i < count; i++)
            {
                var entry = new Hdf5Cursor(entries.Take(EntryBytes));
                var (at, address, kind) = (entry.UInt64(), entry.UInt64(), entry.UInt32());
                var name = Name(Terminated(names, at));
                Add(links, kind == SymbolicLink ? throw Refused(name, "a soft link") : (name, address));
            }
        }
    }

    private static void Add(List<(string, ulong)> links, (string, ulong) link)
    {
        if (links.Count == Most)
        {
            throw new InvalidDataException($"a group holds more than {Most} objects, as no weight file's does");
        }

        links.Add(link);
    }

    private static byte[] LocalHeap(Hdf5Reader reader, ulong address)
    {
        var cursor = new Hdf5Cursor(reader.Read(address, 32));
        cursor.Expect("HEAP"u8, version: 0);
        cursor.Skip(3);
        var size = cursor.UInt64();
        cursor.Skip(8); // free space
        return reader.Read(cursor.UInt64(), size);
    }

    private static ReadOnlySpan<byte> Terminated(byte[] names, ulong at)
    {
        if (at > (ulong)names.Length)
        {
            throw new InvalidDataException("it is damaged: a name in a group lies outside its heap");
        }

        var rest = names.AsSpan((int)at);
        rest = rest[..Math.Min(rest.Length, LongestName + 1)];
        var end = rest.IndexOf((byte)0);
        return end < 0 ? rest : rest[..end];
    }

    private static void AddDense(Hdf5Reader reader, ReadOnlySpan<byte> info, List<(string, ulong)> links)
    {
        const int TracksOrder = 1, HashBytes = 4;
        var cursor = new Hdf5Cursor(info);
        cursor.Skip(1);
        cursor.Skip((cursor.Byte() & TracksOrder) != 0 ? 8u : 0);
        var (heapAddress, names) = (cursor.UInt64(), cursor.UInt64());
        if (heapAddress == Hdf5Reader.Nowhere)
        {
            return;
        }

        var heap = new Hdf5FractalHeap(reader, heapAddress);
        foreach (var record in Hdf5BTreeV2.Records(reader, names, Hdf5BTreeV2.OfLinkNames))
        {
            var id = new Hdf5Cursor(record.Span);
            id.Skip(HashBytes);
            Add(links, Link(heap.Get(id.Rest).Span));
        }
    }

    private static (string Name, ulong Address) Link(ReadOnlySpan<byte> message)
    {
        const int HasKind = 0x08, HasOrder = 0x04, HasCharacters = 0x10, Hard = 0, Soft = 1;
        var cursor = new Hdf5Cursor(message);
        cursor.Skip(1);
        var flags = cursor.Byte();
        var kind = (flags & HasKind) != 0 ? cursor.Byte() : Hard;
        cursor.Skip(((flags & HasOrder) != 0 ? 8u : 0) + ((flags & HasCharacters) != 0 ? 1u : 0));
        var name = Name(cursor.Take(cursor.Number(1 << (flags & 3))));
        return kind == Hard ? (name, cursor.UInt64()) : throw Refused(name, kind == Soft ? "a soft link" : "an external link");
    }

    private static string Name(ReadOnlySpan<byte> utf8) => utf8.Length is > 0 and <= LongestName
        ? Encoding.UTF8.GetString(utf8)
        : throw new InvalidDataException($"it holds an object whose name has {(utf8.IsEmpty ? "no" : $"over {LongestName}")} bytes");

    private static InvalidDataException Refused(string name, string kind) => new(
        $"{name} is {kind}, which can lead to any file of the machine or round in circles; the weights themselves would be right there");
}
