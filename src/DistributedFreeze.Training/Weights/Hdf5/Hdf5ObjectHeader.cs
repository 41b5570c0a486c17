using System.Collections.Immutable;

namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>Kinds of header messages (section IV.A.2); the others tell nothing that a weight file needs.</summary>
internal enum Hdf5MessageKind
{
    DataSpace = 0x01,
    LinkInfo = 0x02,
    DataType = 0x03,
    OldFill = 0x04,
    Fill = 0x05,
    Link = 0x06,
    ExternalFiles = 0x07,
    Layout = 0x08,
    Filters = 0x0b,
    Attribute = 0x0c,
    Continuation = 0x10,
    SymbolTable = 0x11,
}

/// <summary>What an object says of itself.</summary>
/// <param name="Kind">What this is about.</param>
/// <param name="Data">In the form of that kind.</param>
internal readonly record struct Hdf5Message(Hdf5MessageKind Kind, ReadOnlyMemory<byte> Data);

/// <summary>An object's header: what it says of itself.</summary>
/// <remarks>Source: HDF5 File Format Specification 3.0, section IV.A.1.</remarks>
internal sealed class Hdf5ObjectHeader
{
    private const int MostContinuations = 1024;
    private const int MostMessages = 1 << 17;

    private Hdf5ObjectHeader(ImmutableArray<Hdf5Message> messages) => Messages = messages;

    public ImmutableArray<Hdf5Message> Messages { get; }

    /// <returns>The first message of a kind; null where there is none.</returns>
    public ReadOnlyMemory<byte>? Find(Hdf5MessageKind kind)
    {
        foreach (var message in Messages)
        {
            if (message.Kind == kind)
            {
                return message.Data;
            }
        }

        return null;
    }

    /// <exception cref="InvalidDataException">The file is damaged, or is none that Keras writes.</exception>
    public static Hdf5ObjectHeader Read(Hdf5Reader reader, ulong address)
    {
        var messages = ImmutableArray.CreateBuilder<Hdf5Message>();
        var blocks = new Queue<(ulong Address, ulong Length)>();
        var start = reader.Read(address, Math.Min(34, (ulong)Math.Max(0, reader.Length - (long)Math.Min(address, (ulong)reader.Length))));
        var cursor = new Hdf5Cursor(start);
        var (isNew, tracksOrder) = (start.AsSpan().StartsWith("OHDR"u8), false);
        if (isNew)
        {
            const int Reserved = 0xc0, Times = 0x20, PhaseChange = 0x10, Order = 0x04;
            cursor.Expect("OHDR"u8, version: 2);
            var flags = cursor.Byte();
            if ((flags & Reserved) != 0)
            {
                throw new InvalidDataException("it is damaged: an object header has flags that do not exist");
            }

            tracksOrder = (flags & Order) != 0;
            cursor.Skip(((flags & Times) != 0 ? 16u : 0) + ((flags & PhaseChange) != 0 ? 4u : 0));
            var size = cursor.Number(1 << (flags & 3));
            var before = (ulong)(start.Length - cursor.Rest.Length);
            reader.Require(address, size); // before they are added up
            var whole = reader.Read(address, before + size + sizeof(uint));
            Hdf5Checksum.Check(whole);
            AddNew(whole.AsMemory((int)before, (int)size), tracksOrder, messages, blocks);
        }
        else
        {
            if (cursor.Byte() is var version && version != 1)
            {
                throw new InvalidDataException($"it is damaged: an object header has version {version}");
            }

            cursor.Skip(7); // number of messages, references
            AddOld(reader.Read(address + 16, cursor.UInt32()), messages, blocks);
        }

        for (var seen = 0; blocks.TryDequeue(out var block); seen++)
        {
            if (seen == MostContinuations)
            {
                throw new InvalidDataException("it is damaged: an object header is continued without end");
            }

            var bytes = reader.Read(block.Address, block.Length);
            if (isNew)
            {
                Hdf5Checksum.Check(bytes);
                new Hdf5Cursor(bytes).Expect("OCHK"u8);
                AddNew(bytes.AsMemory()[4..^4], tracksOrder, messages, blocks);
            }
            else
            {
                AddOld(bytes, messages, blocks);
            }
        }

        return new(messages.ToImmutable());
    }

    private static void AddOld(
        ReadOnlyMemory<byte> block, ImmutableArray<Hdf5Message>.Builder messages, Queue<(ulong Address, ulong Length)> continuations)
    {
        const int HeaderBytes = 8;
        while (block.Length >= HeaderBytes)
        {
            var cursor = new Hdf5Cursor(block.Span);
            var (kind, size, flags) = (cursor.UInt16(), cursor.UInt16(), cursor.Byte());
            cursor.Skip(3);
            cursor.Take(size);
            Add(kind, flags, block.Slice(HeaderBytes, size), messages, continuations);
            block = block[(HeaderBytes + size)..];
        }
    }

    private static void AddNew(
        ReadOnlyMemory<byte> block, bool tracksOrder, ImmutableArray<Hdf5Message>.Builder messages, Queue<(ulong Address, ulong Length)> continuations)
    {
        var headerBytes = tracksOrder ? 6 : 4;
        while (block.Length >= headerBytes)
        {
            var cursor = new Hdf5Cursor(block.Span);
            var (kind, size, flags) = (cursor.Byte(), cursor.UInt16(), cursor.Byte());
            cursor.Skip((ulong)headerBytes - 4);
            cursor.Take(size);
            Add(kind, flags, block.Slice(headerBytes, size), messages, continuations);
            block = block[(headerBytes + size)..];
        }
    }

    private static void Add(
        ushort kind, byte flags, ReadOnlyMemory<byte> data, ImmutableArray<Hdf5Message>.Builder messages, Queue<(ulong Address, ulong Length)> continuations)
    {
        const int Shared = 0x02;
        var message = (Hdf5MessageKind)kind;
        if (message == Hdf5MessageKind.Continuation)
        {
            var cursor = new Hdf5Cursor(data.Span);
            continuations.Enqueue((cursor.UInt64(), cursor.UInt64()));
            return;
        }

        if (!Enum.IsDefined(message))
        {
            return;
        }

        if ((flags & Shared) != 0 && message != Hdf5MessageKind.Attribute)
        {
            throw new InvalidDataException("an object takes part of its header from elsewhere in the file, as no weight file does");
        }

        if (messages.Count == MostMessages)
        {
            throw new InvalidDataException("it is damaged: an object header is continued without end");
        }

        messages.Add(new(message, data));
    }
}
