using System.Collections.Immutable;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Paths;
using DistributedFreeze.Runs;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Grains.Artefacts;

/// <summary>The files that a run itself has left, read in parts; others' files beside them are none, whatever they are called.</summary>
/// <remarks>
/// What a run leaves is kept with its hash when it ends, and a file that is another one by then is not handed out. While it goes on, the folder has to
/// name it as its owner.
/// </remarks>
/// <param name="folder">The run's output folder.</param>
/// <param name="runId">The run.</param>
/// <param name="hashes">Hashes that are known already.</param>
/// <param name="left">What the run left when it ended; null while it has not, and where that was not kept.</param>
/// <param name="mayHaveLinks">Whether links to folders in the folder's path are followed: where there are no roots, nothing has judged it.</param>
internal sealed class ArtefactFolder(OutputFolder folder, string runId, ArtefactHashes hashes, ImmutableArray<Artefact>? left = null, bool mayHaveLinks = false)
{
    /// <summary>The longest part, in bytes: longer messages hold up those behind them.</summary>
    public const int LongestChunk = 4 << 20;

    /// <summary>What can be handed out now.</summary>
    public Task<ImmutableArray<Artefact>> ListAsync() => Task.Run(() => List(Known()));

    /// <summary>What the run leaves as it ends, to be kept.</summary>
    /// <param name="hasLog">Whether its log was written; otherwise a file of that name is another's.</param>
    public ImmutableArray<Artefact> ListLeft(bool hasLog) =>
        List(hasLog && folder.FindOwner() == runId ? Written().Append(folder.Log).Distinct() : Written().Where(path => path != folder.Log));

    /// <exception cref="InvalidInputException">There is no such file, or a number is out of its range.</exception>
    public Task<ArtefactChunk> ReadAsync(string name, long offset, int count)
    {
        if (offset < 0 || count is < 1 or > LongestChunk)
        {
            throw new InvalidInputException("offset", $"must be at least 0, and the count 1 to {LongestChunk}; got {offset} and {count}");
        }

        return Task.Run(() => Read(name, offset, count));
    }

    private ArtefactChunk Read(string name, long offset, int count)
    {
        // No path is made of the name: it is one of those that are there, or none.
        var path = Known().FirstOrDefault(path => Path.GetFileName(path) == name);
        using var file = path is null ? null : Open(path);
        if (file is null || Describe(path!, file) is null)
        {
            throw new InvalidInputException("artefact", $"must be one that the run has left: there is no '{PlainText.Line(name)}' of {runId} in {folder.Path}");
        }

        var content = new byte[Math.Clamp(RandomAccess.GetLength(file) - offset, 0, count)];
        var read = 0;
        while (read < content.Length && RandomAccess.Read(file, content.AsSpan(read), offset + read) is > 0 and var more)
        {
            read += more;
        }

        content = content[..read];
        return new(offset, ImmutableCollectionsMarshal.AsImmutableArray(content), Crc32.HashToUInt32(content));
    }

    private ImmutableArray<Artefact> List(IEnumerable<string> paths)
    {
        var found = ImmutableArray.CreateBuilder<Artefact>();
        foreach (var path in paths.Order(StringComparer.Ordinal))
        {
            using var file = Open(path);
            if (file is not null && Describe(path, file) is { } artefact)
            {
                found.Add(artefact);
            }
        }

        return found.ToImmutable();
    }

    private IEnumerable<string> Known() => folder.IsMoved ? [] : left?.Select(artefact => In(artefact.Name)) ?? Written();

    /// <summary>What the folder holds of the run, as far as the folder tells whose it is.</summary>
    private IEnumerable<string> Written() => folder.FindOwner() != runId ? []
        : File.Exists(folder.Receipt) ? [folder.Model, folder.Receipt, folder.Log]
        : [folder.Checkpoint, folder.Spec];

    /// <returns>Null where the file is not the one that the run left.</returns>
    private Artefact? Describe(string path, SafeFileHandle file)
    {
        var found = new Artefact(Path.GetFileName(path), RandomAccess.GetLength(file), hashes.Of(path, file));
        return left is null || left.Value.Contains(found) ? found : null;
    }

    /// <returns>Null where there is no such file, or a link, which may point anywhere on the silo.</returns>
    private SafeFileHandle? Open(string path) => PlainFile.Open(path, mayHaveLinks);

    private string In(string name) => Path.Combine(folder.Path, name);
}
