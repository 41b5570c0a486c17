using System.Collections.Immutable;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Artefacts;

/// <summary>The files that a run leaves, read in parts.</summary>
internal static class ArtefactFolder
{
    /// <summary>The longest part, in bytes: longer messages hold up those behind them.</summary>
    public const int LongestChunk = 4 << 20;

    public static Task<ImmutableArray<Artefact>> ListAsync(string folder) => Task.Run<ImmutableArray<Artefact>>(
        () => [.. Files(folder).OrderBy(file => file.Name, StringComparer.Ordinal).Select(Describe)]);

    /// <exception cref="InvalidInputException">There is no such file, or a number is out of its range.</exception>
    public static async Task<ArtefactChunk> ReadAsync(string folder, string name, long offset, int count)
    {
        if (offset < 0 || count is < 1 or > LongestChunk)
        {
            throw new InvalidInputException("offset", $"must be at least 0, and the count 1 to {LongestChunk}; got {offset} and {count}");
        }

        // No path is made of the name: it is one of those that are there, or none.
        var file = Files(folder).FirstOrDefault(file => file.Name == name)
            ?? throw new InvalidInputException("artefact", $"must be one that the run has left: there is no '{name}' in {folder}");

        await using var stream = file.OpenRead();
        stream.Position = offset;
        var content = new byte[Math.Clamp(stream.Length - offset, 0, count)];
        await stream.ReadExactlyAsync(content);
        return new(offset, ImmutableCollectionsMarshal.AsImmutableArray(content), Crc32.HashToUInt32(content));
    }

    private static IEnumerable<FileInfo> Files(string folder) =>
        Directory.Exists(folder) ? new DirectoryInfo(folder).EnumerateFiles().Where(IsArtefact) : [];

    // A link may point anywhere on the silo.
    private static bool IsArtefact(FileInfo file) => file.LinkTarget is null && file.Extension is (".safetensors" or ".json" or ".txt");

    private static Artefact Describe(FileInfo file)
    {
        using var stream = file.OpenRead();
        return new(file.Name, stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }
}
