using System.Security.Cryptography;
using DistributedFreeze.Coordination.Files;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Data.Bases;

/// <summary>A file beside an ONNX model that holds constants of it.</summary>
/// <remarks>A model is anybody's, and names files: only those of its own folder and below are read, and no link is followed. Thread-safe but for disposing.</remarks>
internal sealed class ExternalFile : IDisposable
{
    private const int Chunk = 1 << 20;
    private const int Longest = 1_024;

    private readonly SafeFileHandle _file;
    private readonly string _location;
    private readonly Func<string, Exception> _refuse;

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
        try
        {
            _ = RandomAccess.GetLength(file);
            return new(file, location, refuse);
        }
        catch (NotSupportedException)
        {
            file.Dispose();
            throw refuse($"keeps constants in '{location}', which is no file with a beginning and an end");
        }
    }

    /// <summary>SHA-256 of the whole file, in lower-case hex.</summary>
    public string Sha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Read(0, RandomAccess.GetLength(_file), hash.AppendData);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
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
    public void Copy(OnnxTensor tensor, Stream to) => Read(tensor.External!.Offset, LengthOf(tensor), to.Write);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Read(long offset, long length, Take take)
    {
        var buffer = new byte[(int)Math.Min(Chunk, Math.Max(1, length))];
        for (var done = 0L; done < length;)
        {
            var read = RandomAccess.Read(_file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done)), offset + done);
            if (read == 0)
            {
                throw new EndOfStreamException($"{_location} became shorter while it was read");
            }

            take(buffer.AsSpan(0, read));
            done += read;
        }
    }

    private delegate void Take(ReadOnlySpan<byte> bytes);
}
