using System.Collections.Immutable;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Runs;

namespace DistributedFreeze.Grains.Artefacts;

/// <summary>The files that a run leaves, read in parts. Of a folder that has become another run's it has left none, and of others' files beside its own none either.</summary>
internal static class ArtefactFolder
{
    /// <summary>The longest part, in bytes: longer messages hold up those behind them.</summary>
    public const int LongestChunk = 4 << 20;

    public static Task<ImmutableArray<Artefact>> ListAsync(OutputFolder folder, string runId) => Task.Run<ImmutableArray<Artefact>>(
        () => [.. Files(folder, runId).OrderBy(file => file.Name, StringComparer.Ordinal).Select(Describe)]);

    /// <exception cref="InvalidInputException">There is no such file, or a number is out of its range.</exception>
    public static async Task<ArtefactChunk> ReadAsync(OutputFolder folder, string runId, string name, long offset, int count)
    {
        if (offset < 0 || count is < 1 or > LongestChunk)
        {
            throw new InvalidInputException("offset", $"must be at least 0, and the count 1 to {LongestChunk}; got {offset} and {count}");
        }

        // No path is made of the name: it is one of those that are there, or none.
        var file = Files(folder, runId).FirstOrDefault(file => file.Name == name)
            ?? throw new InvalidInputException("artefact", $"must be one that the run has left: there is no '{name}' of {runId} in {folder.Path}");

        await using var stream = file.OpenRead();
        stream.Position = offset;
        var content = new byte[Math.Clamp(stream.Length - offset, 0, count)];
        await stream.ReadExactlyAsync(content);
        return new(offset, ImmutableCollectionsMarshal.AsImmutableArray(content), Crc32.HashToUInt32(content));
    }

    // A link may point anywhere on the silo.
    private static IEnumerable<FileInfo> Files(OutputFolder folder, string runId) =>
        Directory.Exists(folder.Path) && folder.IsOf(runId)
            ? folder.Artefacts.Select(path => new FileInfo(path)).Where(file => file is { Exists: true, LinkTarget: null })
            : [];

    private static Artefact Describe(FileInfo file)
    {
        using var stream = file.OpenRead();
        return new(file.Name, stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }
}
