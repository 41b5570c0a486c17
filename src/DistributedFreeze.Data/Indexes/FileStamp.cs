using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace DistributedFreeze.Data.Indexes;

/// <summary>What the file system says of a file without reading it: any write to the file changes it.</summary>
/// <remarks>
/// The time of modification can be set by whoever may write the file. On the file systems that Linux writes itself the time of change (ctime) cannot: a file that was
/// replaced by one of the same length and time of modification is told from it. A file system that is made anew with all times, lengths and numbers alike is not.
/// </remarks>
/// <param name="Length">Length in bytes.</param>
/// <param name="Modified">When the content was last written, in nanoseconds since 1970.</param>
/// <param name="Changed">When content or inode were last changed, in nanoseconds since 1970.</param>
/// <param name="Inode">The file's number in its file system.</param>
/// <param name="Device">The file system's number, major in the upper half.</param>
internal readonly partial record struct FileStamp(long Length, long Modified, long Changed, ulong Inode, ulong Device = 0)
{
    private const int StructBytes = 256;

    /// <summary>Asks the file system; links are followed.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Null where it is no regular file, or cannot be asked after, and on other systems than Linux.</returns>
    public static FileStamp? Of(string path)
    {
        const int CurrentFolder = -100, AskTheServer = 0x2000, BasicStatistics = 0x7ff; // AT_STATX_FORCE_SYNC: network file systems answer from memory otherwise
        Span<byte> about = stackalloc byte[StructBytes];
        return OperatingSystem.IsLinux()
            && Statx(CurrentFolder, path, AskTheServer, BasicStatistics, ref MemoryMarshal.GetReference(about)) == 0
            && IsRegular(about)
            ? new(
                BinaryPrimitives.ReadInt64LittleEndian(about[40..]),
                Nanoseconds(about[112..]),
                Nanoseconds(about[96..]),
                BinaryPrimitives.ReadUInt64LittleEndian(about[32..]),
                ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(about[136..]) << 32) | BinaryPrimitives.ReadUInt32LittleEndian(about[140..]))
            : null;
    }

    private static bool IsRegular(ReadOnlySpan<byte> about)
    {
        const int Kind = 0xf000, RegularFile = 0x8000;
        return BitConverter.IsLittleEndian && (BinaryPrimitives.ReadUInt16LittleEndian(about[28..]) & Kind) == RegularFile;
    }

    private static long Nanoseconds(ReadOnlySpan<byte> time) => unchecked(
        (BinaryPrimitives.ReadInt64LittleEndian(time) * 1_000_000_000) + BinaryPrimitives.ReadUInt32LittleEndian(time[8..]));

    /// <summary>statx(2), whose struct is laid out alike on every processor.</summary>
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, ref byte about);
}
