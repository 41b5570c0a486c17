using System.Security.Cryptography;
using DistributedFreeze.Coordination.Files;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Data.Bases;

/// <summary>A file beside an ONNX model that holds constants of it.</summary>
/// <remarks>
/// A model is anybody's, and names files: only those of its own folder and below are read, and no link is followed. What is copied is hashed again, block by block: it is
/// what the model's hash is of, or refused. Belongs to one thread.
/// </remarks>
internal sealed class ExternalFile : IDisposable
{
    private const int Chunk = 1 << 20;

    /// <summary>Bytes that are hashed together: of many small tensors each has to hash at least as many.</summary>
    private const int Block = 1 << 16;

    private const int Longest = 1_024;

    /// <summary>A hole of any size takes no room on a disk, and all of it is hashed: more than the largest models have is refused.</summary>
    private const long MostBytes = 64L << 30;

    private readonly SafeFileHandle _file;
    private readonly string _location;
    private readonly Func<string, Exception> _refuse;
    private readonly byte[] _block = new byte[Block];
    private (long Number, int Length) _inBlock = (-1, 0);

    private ExternalFile(SafeFileHandle file, string location, Func<string, Exception> refuse) => (_file, _location, _refuse) = (file, location, refuse);

    /// <summary>Opens a file that a model names.</summary>
    /// <param name="model">The model's file.</param>
    /// <param name="location">The path that the model names.</param>
    /// <param name="refuse">Makes the error.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ExternalFile Open(string model, string location, Func<string, Exception> refuse)
    {
        var steps = location.Split('/', '\\');
        if (location.Length > Longest || location.Any(char.IsControl) || Path.IsPathRooted(location) || steps.Any(step => step is "" or ".." || step.Contains(':', StringComparison.Ordinal)))
        {
            throw refuse($"keeps constants in '{(location.Length > Longest ? location[..Longest] : location)}', and only files in the model's own folder or below are read");
        }

        var path = Path.GetDirectoryName(Path.GetFullPath(model))!;
        foreach (var step in steps.Where(step => step != "."))
        {
            path = Path.Combine(path, step);
            if (new FileInfo(path).LinkTarget is not null)
            {
                throw refuse($"keeps constants in '{location}', which is or goes through a link; put the file itself there");
            }
        }

        if (!File.Exists(path))
        {
            throw refuse($"keeps constants in '{location}', which is not beside it: {path} is missing; copy the file there");
        }

        var file = RootedFiles.OpenRead(path);
        if (RandomAccess.GetLength(file) > MostBytes)
        {
            file.Dispose();
            throw refuse($"keeps constants in '{location}', which has more than 64 GiB; a file without what no constant needs would be right");
        }

        return new(file, location, refuse);
    }

    /// <summary>SHA-256 of the whole file, in lower-case hex, and those of its blocks, one behind the other.</summary>
    public (string Whole, byte[] Blocks) Sha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var blocks = new MemoryStream();
        Read(RandomAccess.GetLength(_file), bytes =>
        {
            hash.AppendData(bytes);
            for (; !bytes.IsEmpty; bytes = bytes[Math.Min(Block, bytes.Length)..])
            {
                blocks.Write(SHA256.HashData(bytes[..Math.Min(Block, bytes.Length)]));
            }
        });
        return (Convert.ToHexStringLower(hash.GetHashAndReset()), blocks.ToArray());
    }

    /// <summary>The bytes of a tensor's numbers.</summary>
    /// <param name="tensor">One that lies here.</param>
    /// <returns>How many there are.</returns>
    public long LengthOf(OnnxTensor tensor)
    {
        var (place, all) = (tensor.External!, RandomAccess.GetLength(_file));
        var wanted = OnnxTypes.SizeOf(tensor.Type) is { } size && tensor.Elements <= long.MaxValue / size ? size * tensor.Elements : (long?)null;
        var length = place.Length ?? wanted ?? (all - place.Offset);
        return (wanted is null || wanted == length) && length >= 0 && place.Offset <= all && length <= all - place.Offset
            ? length
            : throw _refuse($"keeps '{tensor.Name}' in '{_location}' at bytes {place.Offset} and the {wanted ?? length} following, which that file of {all} bytes does not have");
    }

    /// <summary>Copies a tensor's numbers.</summary>
    /// <param name="tensor">One that lies here.</param>
    /// <param name="to">Receives them.</param>
    /// <param name="blocks">What <see cref="Sha256"/> said of the blocks.</param>
    /// <exception cref="Errors.InvalidInputException">They are not what was hashed.</exception>
    public void Copy(OnnxTensor tensor, Stream to, byte[] blocks)
    {
        var (offset, left) = (tensor.External!.Offset, LengthOf(tensor));
        while (left > 0)
        {
            Require(offset / Block, blocks);
            var start = (int)(offset % Block);
            var length = (int)Math.Min(left, _inBlock.Length - start);
            if (length <= 0)
            {
                throw Changed();
            }

            to.Write(_block.AsSpan(start, length));
            (offset, left) = (offset + length, left - length);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Reads a block, unless it is the one that was read last.</summary>
    private void Require(long number, byte[] blocks)
    {
        if (_inBlock.Number == number)
        {
            return;
        }

        var read = 0;
        for (int more; read < Block && (more = RandomAccess.Read(_file, _block.AsSpan(read), (number * Block) + read)) > 0;)
        {
            read += more;
        }

        _inBlock = (number, read);
        var at = number * SHA256.HashSizeInBytes;
        if (at >= blocks.Length || !SHA256.HashData(_block.AsSpan(0, read)).AsSpan().SequenceEqual(blocks.AsSpan((int)at, SHA256.HashSizeInBytes)))
        {
            throw Changed();
        }
    }

    private Exception Changed() => _refuse($"keeps constants in '{_location}', which has changed since the model was opened");

    private void Read(long length, Take take)
    {
        var buffer = new byte[(int)Math.Min(Chunk, Math.Max(1, length))];
        for (var done = 0L; done < length;)
        {
            var wanted = (int)Math.Min(buffer.Length, length - done);
            for (var read = 0; read < wanted;)
            {
                var more = RandomAccess.Read(_file, buffer.AsSpan(read, wanted - read), done + read);
                read += more > 0 ? more : throw new EndOfStreamException($"{_location} became shorter while it was read");
            }

            take(buffer.AsSpan(0, wanted)); // whole blocks, but for the file's last one
            done += wanted;
        }
    }

    private delegate void Take(ReadOnlySpan<byte> bytes);
}
