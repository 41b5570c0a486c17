using System.Text.Json;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

/// <summary>The files of a run: while it lasts its spec and newest checkpoint, afterwards its model and receipt.</summary>
/// <remarks>Every file is replaced whole or not at all. Thread-safe for different folders.</remarks>
/// <param name="path">The folder; made when first written to.</param>
public sealed class OutputFolder(string path)
{
    /// <summary>The folder.</summary>
    public string Path { get; } = path;

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

    /// <summary>Refuses a folder that a new run would spoil.</summary>
    /// <exception cref="InvalidInputException">The folder is a file, or holds a run.</exception>
    public void RequireNew()
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

    /// <summary>Takes the folder for a new run.</summary>
    /// <param name="spec">Kept beside the checkpoint, so that the run can be resumed.</param>
    /// <exception cref="InvalidInputException">The folder cannot be written.</exception>
    public void Begin(RunSpec spec)
    {
        try
        {
            Directory.CreateDirectory(Path);
            WriteSpec(spec);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException("output", $"cannot be written: {e.Message}");
        }
    }

    /// <summary>Keeps the spec beside the checkpoint.</summary>
    /// <exception cref="IOException">The folder is gone, or the disk is full or fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public void WriteSpec(RunSpec spec) => AtomicFile.Write(Spec, stream => JsonSerializer.Serialize(stream, spec, RunJson.Indented));

    /// <summary>Gives up whatever an earlier run left in the folder.</summary>
    public void Clear()
    {
        GiveUp();
        foreach (var file in (string[])[Receipt, Model])
        {
            if (File.Exists(file))
            {
                File.Delete(file);
            }
        }
    }

    /// <summary>Gives up what an unfinished run has left.</summary>
    public void GiveUp()
    {
        if (!Directory.Exists(Path))
        {
            return;
        }

        File.Delete(Log);
        File.Delete(Checkpoint);
        File.Delete(Spec);
        RemoveParts();
    }

    /// <summary>Removes what was left of files by processes that were killed while they wrote them.</summary>
    /// <remarks>For the owner of the folder, while none of its replicas writes.</remarks>
    internal void RemoveParts()
    {
        foreach (var file in (string[])[Model, Receipt, Log, Checkpoint, Spec])
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

        using var stream = File.OpenRead(Receipt);
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

        try
        {
            using var stream = File.OpenRead(Spec);
            return JsonSerializer.Deserialize<RunSpec>(stream, RunJson.Indented)
                ?? throw new InvalidInputException(Spec, "is empty");
        }
        catch (JsonException e)
        {
            throw new InvalidInputException(Spec, $"is damaged: {e.Message}");
        }
    }

    /// <summary>Writes the receipt and gives up what only an unfinished run needs.</summary>
    public void Finish(Receipt receipt)
    {
        AtomicFile.Write(Receipt, stream => JsonSerializer.Serialize(stream, receipt, RunJson.Indented));
        File.Delete(Checkpoint);
        File.Delete(Spec);
        RemoveParts();
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
