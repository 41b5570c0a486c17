using System.Collections.Immutable;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;
using DistributedFreeze.Specs.Sweeps;
using DistributedFreeze.Training.Sweeps;

namespace DistributedFreeze.Cli.Sweeps;

/// <summary>The folder of a sweep: what is known of it, a page, a run file for every trial, and the best run. Each file is written whole or not at all.</summary>
/// <param name="path">Full path of the folder.</param>
/// <param name="field">What named it, for errors.</param>
internal sealed class SweepFolder(string path, string field)
{
    private const string Trials = "trials";

    /// <summary>What is known.</summary>
    public string Document => Path.Combine(path, "sweep.json");

    /// <summary>The same for people.</summary>
    public string Page => Path.Combine(path, "sweep.html");

    /// <summary>Folder of the best run.</summary>
    public string Best => Path.Combine(path, "best");

    /// <summary>Where trials have their run files, and would have their folders.</summary>
    /// <param name="path">The sweep's folder.</param>
    public static string TrialsIn(string path) => Path.Combine(path, Trials);

    /// <summary>What an earlier sweep of the same question has left.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="InvalidInputException">The folder holds another sweep, or something else.</exception>
    public SweepDocument? Find(Sweep sweep)
    {
        if (File.Exists(path))
        {
            throw new InvalidInputException(field, $"must be a folder: {path} is a file");
        }

        if (!File.Exists(Document))
        {
            return !Directory.Exists(path) || !Directory.EnumerateFileSystemEntries(path).Any(entry => Path.GetFileName(entry) != Trials)
                ? null
                : throw new InvalidInputException(field, $"must be a new or empty folder, or that of the same sweep: {path} holds something else");
        }

        var before = Read();
        return before.Key == sweep.Key
            ? before
            : throw new InvalidInputException(field, $"holds another sweep, '{before.Name}', which asked something else: name another folder, or remove {path}");
    }

    /// <summary>What is known of the trials of a sweep.</summary>
    /// <param name="before">What an earlier one has left; null for nothing.</param>
    /// <param name="sweep">The sweep.</param>
    public static ImmutableArray<TrialResult> Known(SweepDocument? before, Sweep sweep)
    {
        var known = before?.Trials.ToDictionary(trial => trial.Key, trial => trial.Result, StringComparer.Ordinal) ?? [];
        return [.. sweep.Trials.Select(trial => known.GetValueOrDefault(trial.Key) ?? new())];
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

    private SweepDocument Read()
    {
        try
        {
            using var stream = File.OpenRead(Document);
            return JsonSerializer.Deserialize<SweepDocument>(stream, RunJson.Compact) ?? throw new JsonException("it says null");
        }
        catch (Exception reason) when (reason is JsonException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new InvalidInputException(field, $"holds {Document}, which cannot be read: {reason.Message}; name another folder, or remove it");
        }
    }
}
