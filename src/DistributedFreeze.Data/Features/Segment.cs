using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Inference.Images;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Data.Features;

/// <summary>A file of records. Any number of readers see what its one writer adds.</summary>
/// <remarks>
/// <para>
/// A record is there once its entry is: the writer puts the payload first and the entry second, one record after another. So an append
/// that was cut off leaves a slot without an entry, which the next writer fills; after a power cut, where the entry may have reached the
/// disk alone, the payload's checksum tells. Nothing needs a journal.
/// </para>
/// <para>
/// Reads are positioned reads, not a memory map: where the file is cut short they give fewer bytes, and a map would end the process.
/// Reading is thread-safe; scanning and appending are for one thread at a time.
/// </para>
/// </remarks>
internal sealed class Segment : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly SegmentLayout _layout;
    private readonly long _seed;

    private Segment(SafeFileHandle file, SegmentLayout layout, ReadOnlySpan<byte> key)
    {
        _file = file;
        _layout = layout;
        _seed = RecordChecksum.SeedOf(key);
    }

    /// <summary>The slot behind the last record that is known.</summary>
    public int Next { get; private set; }

    public long Length => RandomAccess.GetLength(_file);

    /// <summary>Opens a segment of a set.</summary>
    /// <param name="set">The set.</param>
    /// <param name="number">The segment's number.</param>
    /// <param name="access">Reading, or both.</param>
    /// <param name="fault">What is wrong with the file, where null is returned.</param>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened.</exception>
    public static Segment? Open(SetFolder set, int number, FileAccess access, out string? fault)
    {
        var file = File.OpenHandle(set.Segment(number), FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            Span<byte> header = stackalloc byte[SegmentLayout.HeaderBytes];
            fault = SegmentLayout.Read(header[..ReadUpTo(file, header, 0)], set.KeyHash, out var layout);
            if (fault is null)
            {
                return new(file, layout, set.KeyHash);
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }

        file.Dispose();
        return null;
    }

    /// <summary>Makes an empty segment, by the one who holds its number.</summary>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static void Create(SetFolder set, int number, SegmentLayout layout) =>
        AtomicFile.Write(set.Segment(number), stream => stream.Write(layout.Header(set.KeyHash)));

    /// <summary>What the file is laid out for.</summary>
    public SegmentLayout Layout => _layout;

    /// <summary>Finds the records that were added since the last scan.</summary>
    /// <param name="found">Receives them with their slots.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void Scan(List<(RecordEntry Entry, int Slot)> found)
    {
        var started = _layout.Started(Length);
        Span<byte> page = stackalloc byte[SegmentLayout.EntriesBytes];
        for (var slot = AfterHole(Next); slot < started; slot = AfterHole(slot))
        {
            var here = Math.Min(started - slot, SegmentLayout.GroupRecords - (slot % SegmentLayout.GroupRecords));
            var read = ReadUpTo(_file, page[..(here * RecordEntry.Size)], _layout.EntryOffset(slot)) / RecordEntry.Size;
            for (var i = 0; i < read; i++)
            {
                // A slot without an entry before one with an entry is lost: the writer never goes back.
                if (RecordEntry.TryDecode(page.Slice(i * RecordEntry.Size, RecordEntry.Size), _seed, out var entry))
                {
                    found.Add((entry, slot + i));
                    Next = slot + i + 1;
                }
            }

            slot += here;
        }
    }

    /// <summary>Appends behind what another handle of the same segment has found.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void GoOnFrom(Segment scanned)
    {
        Next = scanned.Next;

        // Where the file was cut, entries may be left of payloads that are gone. They must not come back with the next payload there.
        var length = Length;
        Span<byte> nothing = stackalloc byte[SegmentLayout.EntriesBytes];
        nothing.Clear();
        for (var slot = AfterHole(Next); slot < int.MaxValue - SegmentLayout.GroupRecords && _layout.EntryOffset(slot) < length; slot = AfterHole(slot))
        {
            var here = SegmentLayout.GroupRecords - (slot % SegmentLayout.GroupRecords);
            RandomAccess.Write(_file, nothing[..(here * RecordEntry.Size)], _layout.EntryOffset(slot));
            slot += here;
        }
    }

    /// <summary>Reads a record's payload.</summary>
    /// <returns>Whether the bytes are those that were written.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public bool TryRead(int slot, ulong checksum, Span<byte> payload) =>
        ReadUpTo(_file, payload, _layout.PayloadOffset(slot)) == payload.Length && RecordChecksum.Of(payload, _seed) == checksum;

    /// <summary>Bytes that the next append adds to the file, at least 0.</summary>
    public long Growth() => Math.Max(0, _layout.End(Next) - Length);

    /// <summary>Adds a record, by the one who holds the segment.</summary>
    /// <param name="image">Whose features they are.</param>
    /// <param name="payload">Their bytes.</param>
    /// <param name="checksum">What <see cref="RecordChecksum"/> makes of them.</param>
    /// <returns>Its slot.</returns>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public int Append(in ImageHash image, ReadOnlySpan<byte> payload, ulong checksum)
    {
        var slot = Next;
        var entry = new RecordEntry(image, checksum);
        Span<byte> bytes = stackalloc byte[RecordEntry.Size];
        entry.Encode(bytes, _seed);
        try
        {
            RandomAccess.Write(_file, payload, _layout.PayloadOffset(slot));
        }
        catch (ArgumentOutOfRangeException e)
        {
            // So .NET says that the file system, or a limit of the process, allows no bigger file.
            throw new IOException(e.Message, e);
        }

        RandomAccess.Write(_file, bytes, _layout.EntryOffset(slot));
        Next = slot + 1;
        return slot;
    }

    /// <summary>Removes every record, by the one who holds the segment.</summary>
    /// <exception cref="IOException">The file cannot be cut.</exception>
    public void Empty()
    {
        RandomAccess.SetLength(_file, SegmentLayout.HeaderBytes);
        Next = 0;
    }

    public void Dispose() => _file.Dispose();

    /// <summary>The slot, or the first of a later group where nothing lies between.</summary>
    private int AfterHole(int slot) => Math.Max(slot, _layout.GroupAt(FileHoles.NextData(_file, _layout.EntryOffset(slot))));

    private static int ReadUpTo(SafeFileHandle file, Span<byte> destination, long offset)
    {
        var read = 0;
        while (read < destination.Length)
        {
            var part = RandomAccess.Read(file, destination[read..], offset + read);
            if (part == 0)
            {
                break;
            }

            read += part;
        }

        return read;
    }
}
