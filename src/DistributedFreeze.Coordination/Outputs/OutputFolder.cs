using System.Text;
using System.Text.Json;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Outputs;

/// <summary>The files of a run: while it lasts its spec and newest checkpoint, afterwards its model and receipt.</summary>
/// <remarks>Every file is replaced whole or not at all. Thread-safe for different folders.</remarks>
/// <param name="path">The folder; made when first written to.</param>
/// <param name="isMoved">Whether the path leads elsewhere by now, where nothing is to be read or written; null where it cannot.</param>
public sealed class OutputFolder(string path, Func<bool>? isMoved = null)
{
    /// <summary>The folder.</summary>
    public string Path { get; } = path;

    /// <summary>True where the path leads elsewhere than it did when the run was submitted.</summary>
    public bool IsMoved => isMoved?.Invoke() == true;

    /// <summary>The trained tensors.</summary>
    public string Model => In("model.safetensors");

    /// <summary>What the run did.</summary>
    public string Receipt => In("receipt.json");

    /// <summary>What happened, a line each; written when the run has ended.</summary>
    public string Log => In("log.txt");

    /// <summary>The newest checkpoint of a run that has not finished.</summary>
    public string Checkpoint => In("checkpoint.safetensors");

    /// <summary>The spec of a run that has not finished.</summary>
    public string Spec => In("run.json");

    /// <summary>What a run may leave here for people to fetch.</summary>
    public IEnumerable<string> Artefacts => [Model, Receipt, Log, Checkpoint, Spec];

    /// <summary>The id of the run that is training into the folder, or has left off there; the receipt has that of one that has finished.</summary>
    internal string Owner => In(".owner");

    /// <summary>Refuses a folder that a new run would spoil.</summary>
    /// <exception cref="InvalidInputException">The folder is a file, or holds a run, or another run is about to train into it.</exception>
    public void RequireNew()
    {
        RequireEmpty();
        using var free = FolderLock.TryTake(Path);
        if (free is null)
        {
            throw IsInUse();
        }
    }

    /// <summary>Takes hold of the folder, which must be there, as a run does that trains into it; when the process dies, the system lets go.</summary>
    /// <returns>Lets go when disposed; null where another process, or another part of this one, has hold of it.</returns>
    public IDisposable? TryHold() => FolderLock.TryTake(Path);

    /// <summary>Refuses a folder that could not be written now, or not be made. Writes nothing.</summary>
    /// <exception cref="InvalidInputException">It may not be written.</exception>
    public void RequireWritable()
    {
        var there = System.IO.Path.GetFullPath(Path);
        while (!Directory.Exists(there) && System.IO.Path.GetDirectoryName(there) is { } above)
        {
            there = above;
        }

        if (FolderAccess.WhyNotWritable(there) is { } reason)
        {
            throw new InvalidInputException("output", $"must be a folder that can be written: {there} cannot ({reason})") { IsStorage = true };
        }
    }

    /// <summary>Whose the run in the folder is.</summary>
    /// <returns>The run's id; null where the folder does not tell.</returns>
    public string? FindOwner()
    {
        try
        {
            return IsMoved ? null : File.Exists(Receipt) ? RunIdOf(Receipt) : File.Exists(Owner) ? ReadOwner() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // it is away: whoever writes there finds out
        }
    }

    /// <summary>Whether a run may write and delete here, and hand out what is here.</summary>
    /// <param name="runId">The run.</param>
    /// <returns>False where the folder is known to be another's, or elsewhere.</returns>
    public bool IsOf(string runId) => !IsMoved && (FindOwner() is not { } owner || owner == runId);

    /// <summary>Refuses a folder that another process, or another run, has taken.</summary>
    internal InvalidInputException IsInUse() => new(
        "output", $"must be a folder of this run alone: {NameOfOwner()} is training into {Path}");

    /// <summary>Refuses a folder that holds what a new run would spoil.</summary>
    /// <exception cref="InvalidInputException">The folder is a file, or holds a run.</exception>
    internal void RequireEmpty()
    {
        for (var folder = Path; !string.IsNullOrEmpty(folder); folder = System.IO.Path.GetDirectoryName(folder))
        {
            if (File.Exists(folder))
            {
                throw new InvalidInputException("output", $"cannot be written: {folder} is a file, not a folder");
            }
        }

        if (File.Exists(Receipt) || File.Exists(Model))
        {
            throw new InvalidInputException("output", $"must be a new folder: {Path} holds a finished run ({System.IO.Path.GetFileName(Receipt)})");
        }

        if (File.Exists(Checkpoint))
        {
            throw new InvalidInputException(
                "output", $"must be a new folder: {Path} holds the checkpoint of an unfinished run; go on with it by `resume: {Path}`");
        }
    }

    /// <summary>Refuses to go on with a run of another spec.</summary>
    /// <param name="spec">The run that is to go on; what was undecided in it is as the folder has it.</param>
    /// <exception cref="InvalidInputException">What lies here belongs to another spec, or cannot be read.</exception>
    public void RequireSpec(RunSpec spec)
    {
        if (!File.Exists(Spec))
        {
            return;
        }

        var kept = ReadSpec("output");
        var decided = spec.Data.Preprocessing is null or Preprocessing.Auto ? spec with { Data = spec.Data with { Preprocessing = kept.Data.Preprocessing } } : spec;
        if (RunSpecKey.Of(kept) != RunSpecKey.Of(decided))
        {
            throw new InvalidInputException(
                "output", $"must hold the run that is to be resumed: {Spec} belongs to another spec; resume with the spec that the run began with, or start a new run in another folder");
        }
    }

    /// <summary>Makes the folder.</summary>
    /// <exception cref="InvalidInputException">It cannot be made.</exception>
    /// <exception cref="StorageUnavailableException">The disk is full, or may not be written just now.</exception>
    internal void Create()
    {
        try
        {
            Directory.CreateDirectory(Path);
        }
        catch (Exception e) when (StorageFault.MayPass(e))
        {
            throw StorageFault.Of(Path, 0, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException("output", $"cannot be written: {e.Message}") { IsStorage = true };
        }
    }

    /// <summary>Writes down whose the folder is.</summary>
    internal void Sign(string runId)
    {
        if (FindOwner() != runId)
        {
            AtomicFile.Write(Owner, stream => stream.Write(Encoding.UTF8.GetBytes(runId)));
        }
    }

    /// <summary>Takes the folder for a new run.</summary>
    /// <param name="spec">Kept beside the checkpoint, so that the run can be resumed.</param>
    /// <exception cref="InvalidInputException">The folder cannot be written.</exception>
    /// <exception cref="StorageUnavailableException">The disk is full, or may not be written just now.</exception>
    public void Begin(RunSpec spec)
    {
        try
        {
            Directory.CreateDirectory(Path);
            WriteSpec(spec);
        }
        catch (Exception e) when (StorageFault.MayPass(e))
        {
            throw StorageFault.Of(Spec, 0, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException("output", $"cannot be written: {e.Message}") { IsStorage = true };
        }
    }

    /// <summary>Keeps the spec beside the checkpoint.</summary>
    /// <exception cref="IOException">The folder is gone, or the disk is full or fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public void WriteSpec(RunSpec spec) => AtomicFile.Write(Spec, stream => JsonSerializer.Serialize(stream, spec, RunJson.Indented));

    /// <summary>Gives up whatever an earlier run left in the folder.</summary>
    /// <exception cref="InvalidInputException">A run is training into it.</exception>
    public void Clear()
    {
        using var free = FolderLock.TryTake(Path);
        if (free is null)
        {
            throw IsInUse();
        }

        GiveUp();
        foreach (var file in (string[])[Receipt, Model])
        {
            if (File.Exists(file))
            {
                RootedFiles.Delete(file);
            }
        }
    }

    /// <summary>Gives up what an unfinished run has left, where it is that run's; what cannot be removed, since the folder is read-only by now, stays.</summary>
    /// <param name="runId">The run.</param>
    public void GiveUp(string runId)
    {
        if (!IsOf(runId))
        {
            return;
        }

        try
        {
            GiveUp();
        }
        catch (Exception e) when (StorageFault.MayPass(e))
        {
            // The run has been given up for all that. Its checkpoint says whose it is, and a new run there is told of it.
        }
    }

    private void GiveUp()
    {
        if (!Directory.Exists(Path))
        {
            return;
        }

        RootedFiles.Delete(Log);
        RootedFiles.Delete(Checkpoint);
        RootedFiles.Delete(Spec);
        RootedFiles.Delete(Owner);
        RemoveParts();
    }

    /// <summary>Removes what was left of files by processes that were killed while they wrote them.</summary>
    /// <remarks>For the owner of the folder, while none of its replicas writes.</remarks>
    internal void RemoveParts()
    {
        foreach (var file in Artefacts.Append(Owner))
        {
            AtomicFile.RemoveParts(file);
        }
    }

    /// <summary>The receipt of a run, where it has got as far as that.</summary>
    /// <param name="runId">The run.</param>
    /// <returns>Null where there is none, or another run's.</returns>
    public Receipt? FindReceipt(string runId)
    {
        if (!File.Exists(Receipt))
        {
            return null;
        }

        using var stream = new FileStream(RootedFiles.OpenRead(Receipt), FileAccess.Read);
        return JsonSerializer.Deserialize<Receipt>(stream, RunJson.Indented) is { } found && found.RunId == runId ? found : null;
    }

    /// <summary>How the unfinished run here prepares its images.</summary>
    /// <returns>Null where there is no such run, or it has not been decided yet.</returns>
    public Preprocessing? FindPreprocessing() =>
        File.Exists(Spec) && ReadSpec("output").Data.Preprocessing is { } decided and not Preprocessing.Auto ? decided : null;

    /// <summary>Writes the run's log.</summary>
    /// <param name="lines">Its lines.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public void WriteLog(IEnumerable<string> lines)
    {
        AtomicFile.Write(Log, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            foreach (var line in lines)
            {
                writer.WriteLine(line);
            }
        });
    }

    /// <summary>Reads the spec of an unfinished run.</summary>
    /// <param name="field">What the person named the folder with, for errors.</param>
    /// <exception cref="InvalidInputException">The folder holds no unfinished run, or its spec is damaged.</exception>
    public RunSpec ReadSpec(string field)
    {
        if (!File.Exists(Spec))
        {
            throw new InvalidInputException(
                field,
                Path.Length == 0 ? "is empty, but must name the folder of an unfinished run"
                : File.Exists(Receipt)
                    ? $"{Path} holds a finished run; there is nothing to resume"
                : File.Exists(Path)
                    ? $"must be the folder of an unfinished run: {Path} is a file"
                    : $"must be the folder of an unfinished run, with a {System.IO.Path.GetFileName(Spec)}: {Path} has none");
        }

        return StoredJson.ReadSpec(Spec);
    }

    /// <summary>Writes the receipt and gives up what only an unfinished run needs.</summary>
    public void Finish(Receipt receipt)
    {
        AtomicFile.Write(Receipt, stream => JsonSerializer.Serialize(stream, receipt, RunJson.Indented));
        RootedFiles.Delete(Checkpoint);
        RootedFiles.Delete(Spec);
        RootedFiles.Delete(Owner);
        RemoveParts();
    }

    /// <summary>The owner, for messages.</summary>
    internal string NameOfOwner() => FindOwner() is { } owner && RunIds.IsValid(owner) ? $"run {owner}" : "another run";

    private static string RunIdOf(string receipt)
    {
        try
        {
            using var stream = new FileStream(RootedFiles.OpenRead(receipt), FileAccess.Read);
            return JsonSerializer.Deserialize<Named>(stream, RunJson.Indented)?.RunId ?? "";
        }
        catch (JsonException)
        {
            return ""; // then no run owns it
        }
    }

    private string ReadOwner()
    {
        const int Longest = 256;
        using var reader = new StreamReader(new FileStream(RootedFiles.OpenRead(Owner), FileAccess.Read));
        var id = new char[Longest];
        return new string(id.AsSpan(0, reader.ReadBlock(id))).Trim();
    }

    private sealed record Named(string? RunId);

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
