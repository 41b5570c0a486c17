using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using DistributedFreeze.Inference.Images;
using SkiaSharp;

namespace DistributedFreeze.Data.Indexes;

/// <summary>The file of an index: a line that says what it is, the data folder and decoder that it is of, entries, and a checksum of all that.</summary>
internal static class IndexFile
{
    /// <summary>Name of the folder within the feature cache's.</summary>
    public const string FolderName = "images";

    /// <summary>What such a file's name ends in.</summary>
    public const string Ending = ".index";

    private const string Magic = "dfreeze image index 2";

    /// <summary>Room for an image's entry, its path included, and for the path of the data folder.</summary>
    private const long BytesOfOne = 1024, BytesOfNone = 1 << 16;

    /// <summary>Where the index of something lies.</summary>
    /// <param name="directory">Folder of the features.</param>
    /// <param name="subject">The data folder and the decoder.</param>
    public static string PathOf(string directory, string subject) => Path.Combine(
        directory, FolderName, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(subject)).AsSpan(0, 16)) + Ending);

    /// <summary>Reads an index.</summary>
    /// <param name="path">The file.</param>
    /// <param name="subject">What it must be of.</param>
    /// <param name="images">How many images there are: a file that is larger than the index of so many is not read.</param>
    /// <returns>Its entries by path; none where it is missing, damaged, or of something else.</returns>
    public static Dictionary<string, IndexEntry> Read(string path, string subject, int images)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > 0 and var length } && length <= BytesOfNone + images * BytesOfOne ? Parse(File.ReadAllBytes(path), subject) : [];
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException or FormatException or ArgumentException)
        {
            return [];
        }
    }

    /// <summary>Writes an index.</summary>
    /// <param name="stream">Receives it.</param>
    /// <param name="subject">What it is of.</param>
    /// <param name="entries">Its entries by path.</param>
    public static void Write(Stream stream, string subject, IReadOnlyCollection<KeyValuePair<string, IndexEntry>> entries)
    {
        var sum = new XxHash3();
        using var record = new MemoryStream();
        using var writer = new BinaryWriter(record, Encoding.UTF8);
        writer.Write(Magic);
        writer.Write(subject);
        writer.Write(entries.Count);
        Flush();
        Span<byte> digest = stackalloc byte[ImageHash.Bytes];
        foreach (var (path, (stamp, image)) in entries)
        {
            writer.Write(path);
            writer.Write(stamp.Length);
            writer.Write(stamp.Modified);
            writer.Write(stamp.Changed);
            writer.Write(stamp.Inode);
            writer.Write(stamp.Device);
            writer.Write((byte)image.Format);
            image.Hash.CopyTo(digest);
            writer.Write(digest);
            writer.Write(image.Length);
            Flush();
        }

        stream.Write(sum.GetCurrentHash());

        void Flush()
        {
            var written = record.GetBuffer().AsSpan(0, (int)record.Position);
            sum.Append(written);
            stream.Write(written);
            record.Position = 0;
        }
    }

    /// <summary>An index that was of use stays: unused ones may be removed.</summary>
    public static void Touch(string path, DateTimeOffset now)
    {
        if (File.Exists(path))
        {
            File.SetLastWriteTimeUtc(path, now.UtcDateTime);
        }
    }

    /// <summary>Removes indexes.</summary>
    /// <param name="directory">Folder of the features.</param>
    /// <param name="unusedSince">Those that were not of use since then; null removes all.</param>
    /// <returns>How many.</returns>
    public static int Remove(string directory, DateTimeOffset? unusedSince) => RemoveFrom(Path.Combine(directory, FolderName), unusedSince);

    /// <inheritdoc cref="Remove"/>
    /// <param name="indexes">Folder of the indexes themselves.</param>
    /// <param name="unusedSince">As above.</param>
    public static int RemoveFrom(string indexes, DateTimeOffset? unusedSince)
    {
        var folder = new DirectoryInfo(indexes);
        var removed = 0;
        foreach (var file in folder.Exists ? folder.EnumerateFiles("*" + Ending).ToList() : [])
        {
            if (unusedSince is not { } limit || file.LastWriteTimeUtc < limit.UtcDateTime)
            {
                file.Delete();
                removed++;
            }
        }

        return removed;
    }

    private static Dictionary<string, IndexEntry> Parse(byte[] file, string subject)
    {
        const int SumBytes = sizeof(ulong);
        var content = file.Length - SumBytes;
        if (content < 0 || !XxHash3.Hash(file.AsSpan(0, content)).AsSpan().SequenceEqual(file.AsSpan(content)))
        {
            return [];
        }

        using var reader = new BinaryReader(new MemoryStream(file, 0, content), Encoding.UTF8);
        if (reader.ReadString() != Magic || reader.ReadString() != subject)
        {
            return [];
        }

        var count = reader.ReadInt32();
        if (count < 0 || count > content / ImageHash.Bytes)
        {
            return [];
        }

        var entries = new Dictionary<string, IndexEntry>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var path = reader.ReadString();
            var stamp = new FileStamp(reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadUInt64(), reader.ReadUInt64());
            entries[path] = new(stamp, new((SKEncodedImageFormat)reader.ReadByte(), new(reader.ReadBytes(ImageHash.Bytes)), reader.ReadInt64()));
        }

        return entries;
    }
}
