using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client;

/// <summary>One artefact, read in parts that are checked one by one, and as a whole at the end.</summary>
/// <param name="artefact">What is read.</param>
/// <param name="read">Reads a part: where it begins, and how long it is at most.</param>
internal sealed class ArtefactDownload(Artefact artefact, Func<long, int, Task<ArtefactChunk>> read)
{
    /// <summary>Length of a part, in bytes.</summary>
    public const int ChunkBytes = 1 << 20;

    private const int Attempts = 3;

    /// <exception cref="ArtefactDamagedException">A part stayed damaged, or the whole is not what the cluster has.</exception>
    public async Task ToAsync(Stream target, CancellationToken cancellationToken)
    {
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var offset = 0L; offset < artefact.Bytes;)
        {
            var content = await ReadAsync(offset);
            whole.AppendData(content);
            await target.WriteAsync(content, cancellationToken);
            offset += content.Length;
        }

        var hash = Convert.ToHexStringLower(whole.GetHashAndReset());
        if (hash != artefact.Sha256)
        {
            throw new ArtefactDamagedException(artefact.Name, $"its SHA-256 is {hash} and should be {artefact.Sha256}; it was changed while it was read, or damaged");
        }
    }

    /// <summary>Into a file that appears when it is complete.</summary>
    /// <exception cref="ArtefactDamagedException">A part stayed damaged, or the whole is not what the cluster has.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public async Task ToAsync(string path, CancellationToken cancellationToken)
    {
        var part = $"{path}.{Guid.NewGuid():N}.part";
        try
        {
            await using (var file = new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                await ToAsync(file, cancellationToken);
                file.Flush(flushToDisk: true);
            }

            File.Move(part, path, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    private async Task<byte[]> ReadAsync(long offset)
    {
        var count = (int)Math.Min(ChunkBytes, artefact.Bytes - offset);
        for (var attempt = 1; ; attempt++)
        {
            var chunk = await read(offset, count);
            var content = ImmutableCollectionsMarshal.AsArray(chunk.Content)!;
            if (Crc32.HashToUInt32(content) == chunk.Crc32)
            {
                return content.Length is > 0 && content.Length <= count
                    ? content
                    : throw new ArtefactDamagedException(artefact.Name, $"it ended at byte {offset} of {artefact.Bytes}; it was changed while it was read");
            }

            if (attempt == Attempts)
            {
                throw new ArtefactDamagedException(artefact.Name, $"the part from byte {offset} on arrived damaged {Attempts} times");
            }
        }
    }
}
