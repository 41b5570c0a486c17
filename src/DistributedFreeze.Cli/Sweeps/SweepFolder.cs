using System.Collections.Immutable;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Data.Bases;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;
using DistributedFreeze.Specs.Sweeps;
using DistributedFreeze.Sweeps;
using DistributedFreeze.Training.Export;
using DistributedFreeze.Training.Sweeps;

namespace DistributedFreeze.Cli.Sweeps;

/// <summary>The folder of a sweep: what is known of it, a page, a run file for every trial, and the best run. Each file is written whole or not at all.</summary>
/// <param name="path">Full path of the folder.</param>
/// <param name="field">What named it, for errors.</param>
internal sealed class SweepFolder(string path, string field)
{
    private const string Trials = "trials";

    /// <summary>Several times what a thousand trials of a thousand epochs take.</summary>
    private const long MostBytes = 1L << 30;

    /// <summary>What is known.</summary>
    public string Document => Path.Combine(path, "sweep.json");

    /// <summary>The same for people.</summary>
    public string Page => Path.Combine(path, "sweep.html");

    /// <summary>Folder of the best run.</summary>
    public string Best => Path.Combine(path, "best");

    /// <summary>Where trials have their run files, and would have their folders.</summary>
    /// <param name="path">The sweep's folder.</param>
    public static string TrialsIn(string path) => Path.Combine(path, Trials);

    /// <summary>Takes hold of the folder, so that two sweeps never write into it at once, nor a run; it is made where it is missing, and taken away again where nothing comes of it.</summary>
    /// <returns>Lets go when disposed.</returns>
    /// <exception cref="InvalidInputException">It is a file, cannot be made, or another process has hold of it.</exception>
    public IDisposable Hold()
    {
        if (File.Exists(path))
        {
            throw new InvalidInputException(field, $"must be a folder: {path} is a file");
        }

        return OutputFault.Named(field, () => HeldFolder.TryTake(path))
            ?? throw new InvalidInputException(field, $"must be a folder of this sweep alone: another sweep, or a run, is writing into {path}");
    }

    /// <summary>What an earlier sweep of the same question has left.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="InvalidInputException">The folder holds another sweep, or something else.</exception>
    public SweepDocument? Find(Sweep sweep)
    {
        if (!File.Exists(Document))
        {
            return !Directory.Exists(path) || !Directory.EnumerateFileSystemEntries(path).Any(entry => Path.GetFileName(entry) != Trials)
                ? null
                : throw new InvalidInputException(field, $"must be a new or empty folder, or that of the same sweep: {path} holds something else");
        }

        var before = Read(sweep);
        return before.Key == sweep.Key
            ? before with { Best = before.Best is { } best ? best with { Output = Best } : null } // the folder may have been moved
            : throw new InvalidInputException(field, $"holds another sweep, '{before.Name}', which asked something else: name another folder, or remove {path}");
    }

    /// <summary>What is known of the trials of a sweep, as far as it says with which images and weights it was found out.</summary>
    /// <param name="before">What an earlier one has left; null for nothing.</param>
    /// <param name="sweep">The sweep.</param>
    public static ImmutableArray<TrialResult> Known(SweepDocument? before, Sweep sweep)
    {
        var known = before?.Trials.ToDictionary(trial => trial.Key, trial => trial.Result, StringComparer.Ordinal) ?? [];
        return [.. sweep.Trials.Select(trial => known.GetValueOrDefault(trial.Key) is { Inputs: not null } result ? result : new())];
    }

    /// <summary>Refuses what an earlier sweep has left, since its scores are of other images or weights.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="changed">What has changed.</param>
    public InvalidInputException Refuse(Sweep sweep, TrialInputsChangedException changed)
    {
        var trial = sweep.Trials[changed.Trial];
        var what = changed switch
        {
            { AreImagesOthers: true } => $"the images in {trial.Spec.Data.Path}, or how they are divided, are others",
            { IsBaseAnother: true } => $"the weights{(RunBases.FileOf(trial.Spec.Model) is { } file ? $" in {file}" : "")} are others",
            _ => $"the run in {trial.Spec.From} is another",
        };
        return new(field, $"must be a new or empty folder: {what} than when {trial.Name} was trained; name another folder, or remove {path}");
    }

    /// <summary>The best run, which an earlier attempt has finished.</summary>
    /// <param name="trial">The best trial.</param>
    /// <param name="modelSha256">Hash of its model.</param>
    /// <exception cref="InvalidInputException">The folder holds another run.</exception>
    public BestRun KeptBest(SweepTrial trial, string modelSha256)
    {
        var receipt = TrainedRun.ReadReceipt(Best);
        return FinishedRun.IsOf(trial.Spec, receipt) && receipt.ModelSha256 == modelSha256
            ? new(trial.Name, Best, receipt.ModelSha256, receipt.Test)
            : throw new InvalidInputException(field, $"holds another run than that of {trial.Name}, which is the best: remove {Best}, and the same command trains it there");
    }

    /// <summary>Writes what trains each trial alone.</summary>
    public void WriteTrials(Sweep sweep) => OutputFault.Named(field, () =>
    {
        Directory.CreateDirectory(TrialsIn(path));
        foreach (var trial in sweep.Trials)
        {
            OutputFault.Write(field, Path.Combine(TrialsIn(path), $"{trial.Name}.yaml"), RunFile.Write(trial.Spec));
        }
    });

    /// <summary>Writes what is known.</summary>
    public void Write(SweepDocument document) => Write(Document, JsonSerializer.Serialize(document, RunJson.Compact));

    /// <summary>Writes the page.</summary>
    public void WritePage(SweepDocument document) => Write(Page, SweepPage.Of(document));

    private void Write(string file, string text)
    {
        OutputFault.Named(field, () => Directory.CreateDirectory(path));
        OutputFault.Write(field, file, text);
    }

    private SweepDocument Read(Sweep sweep)
    {
        try
        {
            using var stream = new FileStream(RegularFile.Open(Document), FileAccess.Read);
            if (stream.Length > MostBytes)
            {
                throw new JsonException($"it has {stream.Length:N0} bytes, and no sweep's has more than {MostBytes:N0}");
            }

            var document = JsonSerializer.Deserialize<SweepDocument>(stream, RunJson.Compact) ?? throw new JsonException("it says null");
            return document.WhyNot(sweep) is { } wrong ? throw new JsonException(wrong) : document;
        }
        catch (Exception reason) when (reason is JsonException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new InvalidInputException(field, $"holds {Document}, which cannot be read: {reason.Message}; name another folder, or remove it");
        }
    }
}
