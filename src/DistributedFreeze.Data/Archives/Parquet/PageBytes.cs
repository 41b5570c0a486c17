using System.Globalization;
using System.IO.Compression;
using DistributedFreeze.Inference.Images;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Data.Archives.Parquet;

/// <summary>Reads pages, and makes of them what was compressed.</summary>
internal static class PageBytes
{
    /// <summary>Bytes of a page at most. Writers begin a new one at 1 MB or so, though some only after 1,000 values.</summary>
    internal const int Most = 1 << 30;

    /// <summary>What a large page becomes when it is decompressed, at most, as a multiple of its bytes in the file: images are compressed already.</summary>
    internal const int LargestGain = 100;

    private const int None = 0, Snappy = 1, Gzip = 2, Brotli = 4, Zstandard = 6;

    /// <summary>Pages that take a lot of memory are read one at a time, whatever asks for them.</summary>
    private const int Large = 64 << 20;

    private static readonly Lock OneAtATime = new();

    /// <summary>Reads a page.</summary>
    /// <param name="file">The file.</param>
    /// <param name="place">Where it lies.</param>
    /// <exception cref="InvalidDataException">It is not right, too large, or compressed in another way.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static byte[] Read(SafeFileHandle file, PagePlace place)
    {
        var header = place.Header;
        if (header.Uncompressed > Most)
        {
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture, $"a page of column '{place.Column.Path}' has {header.Uncompressed:N0} bytes, more than the {Most:N0} that are read; write it with fewer rows in a group (row_group_size=100)"));
        }

        if (header.Uncompressed > Large && header.Uncompressed / LargestGain > header.Compressed)
        {
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture, $"a page of column '{place.Column.Path}' has {header.Compressed:N0} bytes that are to become {header.Uncompressed:N0}, which no images do; the file is damaged, or made to take memory"));
        }

        if (header.Uncompressed < Large)
        {
            return ReadNow(file, place);
        }

        lock (OneAtATime)
        {
            return ReadNow(file, place);
        }
    }

    private static byte[] ReadNow(SafeFileHandle file, PagePlace place)
    {
        var header = place.Header;
        byte[] stored = [];
        if (FilePart.Read(file, place.Offset, header.Compressed, length => stored = new byte[length]) != header.Compressed)
        {
            throw new InvalidDataException("a page breaks off");
        }

        var codec = header.IsSecond && !header.IsCompressed ? None : place.Codec;
        if (codec == None)
        {
            return stored.Length == header.Uncompressed ? stored : throw Bad(place);
        }

        var content = new byte[header.Uncompressed];
        stored.AsSpan(0, header.LevelBytes).CopyTo(content);
        Decompress(codec, stored.AsMemory(header.LevelBytes), content.AsSpan(header.LevelBytes), place);
        return content;
    }

    private static void Decompress(int codec, ReadOnlyMemory<byte> from, Span<byte> to, PagePlace place)
    {
        if (to.IsEmpty && from.Length <= 1)
        {
            return; // a page of missing values alone: some writers compress nothing to nothing
        }

        try
        {
            var length = codec switch
            {
                Snappy => Snappier.Snappy.GetUncompressedLength(from.Span) == to.Length ? Snappier.Snappy.Decompress(from.Span, to) : -1,
                Gzip => Inflate(from, to),
                Brotli => BrotliDecoder.TryDecompress(from.Span, to, out var written) ? written : -1,
                Zstandard => Unwrap(from.Span, to),
                _ => throw new InvalidDataException($"column '{place.Column.Path}' is compressed by codec {codec}; snappy, gzip, brotli, zstd or none are read"),
            };
            if (length != to.Length)
            {
                throw Bad(place);
            }
        }
        catch (Exception damaged) when (damaged is ZstdSharp.ZstdException or ArgumentException or InvalidOperationException)
        {
            throw Bad(place);
        }
    }

    private static int Inflate(ReadOnlyMemory<byte> from, Span<byte> to)
    {
        using var stored = new MemoryStream(from.ToArray(), writable: false);
        using var inflated = new GZipStream(stored, CompressionMode.Decompress);
        var length = inflated.ReadAtLeast(to, to.Length, throwOnEndOfStream: false);
        return inflated.ReadByte() < 0 ? length : -1;
    }

    private static int Unwrap(ReadOnlySpan<byte> from, Span<byte> to)
    {
        using var decompressor = new ZstdSharp.Decompressor();
        return decompressor.Unwrap(from, to);
    }

    private static InvalidDataException Bad(PagePlace place) => new($"a page of column '{place.Column.Path}' is damaged: it holds other bytes than its header says");
}
