using System.CommandLine;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Cli.Remote;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;
using DistributedFreeze.Specs.Sweeps;

namespace DistributedFreeze.Cli.Sweeps;

/// <summary><c>dfreeze sweep</c>: trains variations of a run, and keeps the best.</summary>
internal sealed class SweepCommand(CommandConsole console)
{
    private readonly Option<string?> _file = new("--file", "-f") { Description = "The sweep in YAML: a run, which of its fields vary, and how trials are compared", HelpName = "FILE" };
    private readonly Option<string?> _output = new("--output") { Description = "Folder that receives sweep.json, a page, a run file for every trial, and the best run; the same sweep again trains no trial twice that has ended [default: the run's output]", HelpName = "DIR" };
    private readonly ClusterAccess _cluster = new();
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    public Command Build()
    {
        var command = new Command("sweep", "Trains variations of a run over one pass of its images, stops those that lag behind, and keeps the best as a run.");
        foreach (var option in (Option[])[_file, _output, _json])
        {
            command.Add(option);
        }

        _cluster.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(() => _cluster.IsNamed(parsed) ? SubmitAsync(parsed, cancellationToken) : SweepAsync(parsed, cancellationToken), CancellationToken.None));
        return command;
    }

    private async Task<int> SweepAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        console.NameFields(OptionNames.OfFile([]));
        var draft = Read(parsed, pathsAsWritten: false);
        var (path, field) = Output(parsed, draft);
        var weights = new NamedWeights(console);
        var runs = new SweepRuns(console);
        var sweep = await weights.PulledForAsync(() => (draft with { Run = weights.Locate(OwnRun(draft)) }).Build(SweepFolder.TrialsIn(path), runs.Build), cancellationToken);
        var folder = new SweepFolder(path, field);
        using var held = folder.Hold();
        var before = folder.Find(sweep);
        console.WarnOfRandomWeights(sweep.Trials[0].Spec);

        var local = new LocalSweep(console, folder, TimeProvider.System);
        var document = local.Train(sweep, before, cancellationToken);
        var best = document.IsWhole && !cancellationToken.IsCancellationRequested ? await local.KeepBestAsync(sweep, document, cancellationToken) : null;
        document = document with { Best = best ?? document.Best };
        folder.Write(document);
        folder.WritePage(document);
        Print(parsed, document);
        if (best is null)
        {
            console.Interrupted($"what was found out is kept in {path}, and the same command goes on: it trains no trial twice that has ended");
            return ExitCode.Interrupted;
        }

        return ExitCode.Ok;
    }

    /// <summary>The same on a cluster, whose silos write the runs; what the sweep comes to is written here where a folder is given.</summary>
    private async Task<int> SubmitAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        console.NameFields(OptionNames.OfFile([]));
        var draft = Read(parsed, pathsAsWritten: true);
        var weights = new NamedWeights(console) { ForCluster = true };
        var located = weights.Locate(OwnRun(draft));
        var sweep = (draft with { Run = located }).Build(located.Text("output") ?? draft.Name);
        var folder = parsed.GetValue(_output) is { Length: > 0 } given ? new SweepFolder(Path.GetFullPath(given), _output.Name) : null;
        using var held = folder?.Hold();
        folder?.Find(sweep);
        return await _cluster.WithAsync(parsed, async client =>
        {
            await weights.PullForClusterAsync(cancellationToken);
            console.WarnOfRandomWeights(sweep.Trials[0].Spec);
            var document = await new ClusterSweep(console, client, TimeProvider.System).RunAsync(sweep, cancellationToken);
            folder?.Write(document);
            folder?.WritePage(document);
            Print(parsed, document);
            if (document.Best is not null)
            {
                return ExitCode.Ok;
            }

            if (document.IsWhole)
            {
                throw new RunFailedException(document.WhyNoneIsWhole);
            }

            if (document.Trials.Where(trial => trial.Result is { IsOver: false, Reason: not null }).Select(trial => trial.RunId).ToList() is [var interrupted, ..])
            {
                console.Error.WriteLine($"{interrupted} was interrupted: dfreeze resume {interrupted} lets it go on");
            }

            console.Interrupted(sweep.Halving is null
                ? "the runs go on, unless others have paused them, and the same command waits for them again"
                : "the runs go on to their next comparison and wait there, paused; the same command compares them and goes on");
            return ExitCode.Interrupted;
        }, cancellationToken);
    }

    /// <summary>The run, without weights where each trial names its own: what network they are of is not that of another file.</summary>
    private static RunDraft OwnRun(SweepDraft draft) => draft.Varies(NamedWeights.Field) ? draft.Run.Without(NamedWeights.Field) : draft.Run;

    private SweepDraft Read(ParseResult parsed, bool pathsAsWritten) =>
        SweepFile.Read(parsed.GetValue(_file) ?? throw new InvalidInputException(_file.Name, "is missing; give the file of a sweep"), pathsAsWritten);

    private (string Path, string Field) Output(ParseResult parsed, SweepDraft draft) =>
        parsed.GetValue(_output) is { Length: > 0 } given ? (Path.GetFullPath(given), _output.Name)
        : draft.Run.Text("output") is { Length: > 0 } ofRun ? (Path.GetFullPath(ofRun), "run.output")
        : throw new InvalidInputException(_output.Name, "is missing; give a folder for what the sweep finds, or output under run in the file");

    private void Print(ParseResult parsed, SweepDocument document)
    {
        if (parsed.GetValue(_json))
        {
            console.Output.WriteLine(JsonSerializer.Serialize(document, RunJson.Compact));
            return;
        }

        SweepText.Write(console, document);
        if (document.Best is { } best)
        {
            SweepText.WriteBest(console, best);
            console.Output.WriteLine(document.Trials[0].RunId is { } runId ? $"Next: dfreeze download {runId}" : $"Next: dfreeze verify {ShellWord.Of(best.Output)}");
        }
    }
}
