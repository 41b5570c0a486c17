using System.IO.Hashing;
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
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly long _seed;
    private SafeFileHandle? _writing;
    private IDisposable? _hold;

    private Segment(string path, SafeFileHandle file, SegmentLayout layout, long seed) => (_path, _file, Layout, _seed) = (path, file, layout, seed);

    /// <summary>What the file is laid out for.</summary>
    public SegmentLayout Layout { get; }

    /// <summary>The slot behind the last record that is known.</summary>
    public int Next { get; private set; }

    public long Length => RandomAccess.GetLength(_file);

    /// <summary>Bytes that the next append adds to the file, at least 0.</summary>
    public long Growth => Math.Max(0, Layout.End(Next) - Length);

    /// <summary>Opens a segment of a set.</summary>
    /// <returns>Null where the file is none.</returns>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened.</exception>
    public static Segment? Open(SetFolder set, string path)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Segment? segment = null;
        try
        {
            Span<byte> header = stackalloc byte[SegmentLayout.HeaderBytes];
            if (SegmentLayout.TryRead(header[..ReadUpTo(file, header, 0)], set.KeyHash, out var layout))
            {
                segment = new(path, file, layout, set.Seed);
            }

            return segment;
        }
        finally
        {
            if (segment is null)
            {
                file.Dispose();
            }
        }
    }

    /// <summary>Makes an empty segment, by the one who holds its number.</summary>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static void Create(SetFolder set, string path, SegmentLayout layout) =>
        AtomicFile.Write(path, stream => stream.Write(layout.Header(set.KeyHash)));

    /// <summary>Finds the records that were added since the last scan.</summary>
    /// <param name="found">Receives each with its slot.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void Scan(Action<RecordEntry, int> found)
    {
        var started = Layout.Started(Length);
        Span<byte> page = stackalloc byte[SegmentLayout.EntriesBytes];
        for (var slot = AfterHole(Next); slot < started; slot = AfterHole(slot))
        {
            var here = Math.Min(started - slot, SegmentLayout.GroupRecords - (slot % SegmentLayout.GroupRecords));
            var read = ReadUpTo(_file, page[..(here * RecordEntry.Size)], Layout.EntryOffset(slot)) / RecordEntry.Size;
            for (var i = 0; i < read; i++)
            {
                // A slot without an entry before one with an entry is lost: the writer never goes back.
                if (RecordEntry.TryDecode(page.Slice(i * RecordEntry.Size, RecordEntry.Size), _seed, out var entry))
                {
                    found(entry, slot + i);
                    Next = slot + i + 1;
                }
            }

            slot += here;
        }
    }

    /// <summary>Reads a record's payload.</summary>
    /// <returns>Whether the bytes are those that were written.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public bool TryRead(int slot, ulong checksum, Span<byte> payload) =>
        ReadUpTo(_file, payload, Layout.PayloadOffset(slot)) == payload.Length && XxHash3.HashToUInt64(payload, _seed) == checksum;

    /// <summary>Goes on behind what was scanned.</summary>
    /// <param name="hold">What keeps other writers off; it ends with this object where nothing is thrown.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void BeginAppending(IDisposable hold)
    {
        _writing = File.OpenHandle(_path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);

        // Where the file was cut, entries may be left of payloads that are gone. They must not come back with the next payload there.
        var (entry, payload) = (Layout.EntryOffset(Next), Layout.PayloadOffset(Next));
        if (Length > entry)
        {
            RandomAccess.Write(_writing, new byte[SegmentLayout.EntriesBytes - (Next % SegmentLayout.GroupRecords * RecordEntry.Size)], entry);
            RandomAccess.SetLength(_writing, Math.Min(Length, payload));
        }

        _hold = hold;
    }

    /// <summary>Adds a record, after <see cref="BeginAppending"/>.</summary>
    /// <param name="image">Whose features they are.</param>
    /// <param name="payload">Their bytes.</param>
    /// <param name="checksum">Their XxHash3 with the set's seed.</param>
    /// <returns>Its slot.</returns>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public int Append(in ImageHash image, ReadOnlySpan<byte> payload, ulong checksum)
    {
        var slot = Next;
        Span<byte> entry = stackalloc byte[RecordEntry.Size];
        new RecordEntry(image, checksum).Encode(entry, _seed);
        try
        {
            RandomAccess.Write(_writing!, payload, Layout.PayloadOffset(slot));
        }
        catch (ArgumentOutOfRangeException e)
        {
            // So .NET says that the file system, or a limit of the process, allows no bigger file.
            throw new IOException(e.Message, e);
        }

        RandomAccess.Write(_writing!, entry, Layout.EntryOffset(slot));
        Next = slot + 1;
        return slot;
    }

    /// <summary>Removes every record, after <see cref="BeginAppending"/>.</summary>
    /// <exception cref="IOException">The file cannot be cut.</exception>
    public void Empty()
    {
        RandomAccess.SetLength(_writing!, SegmentLayout.HeaderBytes);
        Next = 0;
    }

    public void Dispose()
    {
        _file.Dispose();
        _writing?.Dispose();
        _hold?.Dispose();
    }

    /// <summary>The slot, or the first of a later group where nothing lies between.</summary>
    private int AfterHole(int slot) => Math.Max(slot, Layout.GroupAt(LinuxFile.NextData(_file, Layout.EntryOffset(slot))));

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
