using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Cli.Bases;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;
using DistributedFreeze.Training.Export;

namespace DistributedFreeze.Cli.Crossval;

/// <summary><c>dfreeze crossval</c>: as many runs as there are folds, each of them the test once.</summary>
internal sealed class CrossvalCommand(CommandConsole console)
{
    private const string FoldsField = "data.folds";
    private const string FoldField = "data.fold";
    private const string CacheField = "features.cache";
    private const string OutputField = "output";
    private const string DefaultFolds = "5";

    private readonly RunOptions _run = new(console.Input, option => option.Field != FoldField);
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object when all runs have ended, and nothing else" };

    /// <summary>Hash of the weights that are given now, once a finished fold has asked for it: the same for all folds.</summary>
    private string? _base;

    public Command Build()
    {
        var command = new Command("crossval", "Trains once for each of --folds (5 where nothing is said), with that fold as the test, and puts the tests together.");
        _run.AddTo(command);
        command.Add(_json);
        command.SetAction(CrossvalAsync);
        return command;
    }

    private async Task<int> CrossvalAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        console.NameFields(_run.FieldNames(parsed));
        var weights = new NamedWeights(console);
        var draft = weights.Locate(_run.Draft(parsed)).Without(FoldField);
        draft = draft.Has(FoldsField) ? draft : draft.With(FoldsField, DefaultFolds, "--folds");
        if (!draft.Has(CacheField))
        {
            draft = draft.With(CacheField, "on", "--cache"); // the first run's pass over the images is the last one
        }

        var first = Spec(draft, 1);
        RequireOutside(first);
        await weights.PullAsync(cancellationToken);
        console.WarnOfRandomWeights(first);
        var folds = first.Data.Folds!.Value;
        var specs = Enumerable.Range(2, folds - 1).Select(fold => Spec(draft, fold)).Prepend(first).ToList();

        List<(int Fold, string Output, Receipt Receipt)> done = [];
        foreach (var (index, spec) in specs.Index())
        {
            if (cancellationToken.IsCancellationRequested)
            {
                Write(folds, done, parsed);
                return Interrupted();
            }

            var (ended, receipt) = await TrainAsync(spec, cancellationToken);
            if (receipt is null)
            {
                Write(folds, done, parsed);
                return ended is { State: RunState.Interrupted } ? Interrupted() : RunEndings.ExitCodeOf(ended!, console);
            }

            RequireSameBase(done, receipt, spec.Output);
            done.Add((index + 1, spec.Output, receipt));
            console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"fold {index + 1} of {folds} {(ended is null ? "was done before" : "done")}: {(receipt.Test is { } test ? $"accuracy {100 * test.Accuracy:F1} % of {test.Images:N0} images" : "it has no images")}"));
        }

        Write(folds, done, parsed);
        return ExitCode.Ok;
    }

    /// <summary>A folder of folds among class folders would count as a class: it has no receipt of its own.</summary>
    private static void RequireOutside(RunSpec spec)
    {
        var (output, data) = (Path.GetDirectoryName(Path.GetFullPath(spec.Output))!, Path.GetFullPath(spec.Data.Path));
        if (Directory.Exists(data) && (output + Path.DirectorySeparatorChar).StartsWith(Path.TrimEndingDirectorySeparator(data) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new InvalidInputException(OutputField, $"must be outside of the images: {output} lies in {data}, where it would count as a class");
        }
    }

    private RunSpec Spec(RunDraft draft, int fold)
    {
        var number = fold.ToString(CultureInfo.InvariantCulture);
        var output = draft.Text(OutputField);
        var one = draft.With(FoldField, number, "--fold");
        return LocalBase.Resolve(console, StartingRun.Adopt(output is null ? one : one.With(OutputField, Path.Combine(output, $"fold{number}"), "--output")));
    }

    /// <summary>A run that an earlier command has finished is taken as it is, and one that was interrupted goes on.</summary>
    private async Task<(RunEvent.Ended? Ended, Receipt? Receipt)> TrainAsync(RunSpec spec, CancellationToken cancellationToken)
    {
        var folder = new OutputFolder(spec.Output);
        if (File.Exists(folder.Receipt))
        {
            return (null, Finished(spec, cancellationToken));
        }

        return await new EmbeddedRun(console).TrainAsync(spec, resume: File.Exists(folder.Checkpoint), cancellationToken);
    }

    private Receipt Finished(RunSpec spec, CancellationToken cancellationToken)
    {
        var receipt = TrainedRun.ReadReceipt(spec.Output);
        if (!FinishedRun.IsOf(spec, receipt))
        {
            throw new InvalidInputException(OutputField, $"must be a new folder, or one of this cross-validation: {spec.Output} holds a run of another spec");
        }

        // Before hours of the next fold; whoever starts from another run, or has a graph, is told by the spec or after it.
        if (spec.From is null && spec.Model.Base is null && (_base ??= BaseHash.Of(receipt.Spec with { Model = receipt.Spec.Model with { Weights = spec.Model.Weights } })) != receipt.BaseSha256)
        {
            throw OtherBase(spec.Output);
        }

        var images = EvaluationImages.OfRun(receipt, spec.Data.Path, Split.Train, cancellationToken);
        return images.AreTheRuns == true ? receipt : throw new InvalidInputException(
            OutputField, $"must be a new folder, or one of this cross-validation: the images in {spec.Data.Path} are others than when the run in {spec.Output} was trained");
    }

    /// <summary>Folds are one model's only where all of them began with the same weights.</summary>
    private static void RequireSameBase(List<(int Fold, string Output, Receipt Receipt)> done, Receipt receipt, string output)
    {
        if (done.Count > 0 && done[0].Receipt.BaseSha256 != receipt.BaseSha256)
        {
            throw OtherBase(done[0].Output, output);
        }
    }

    private static InvalidInputException OtherBase(string output, string? other = null) => new(
        OutputField, $"must be a new folder, or one of this cross-validation: the run in {output} began with other weights than {(other is null ? "those that are given now" : $"that in {other}")}");

    private int Interrupted()
    {
        console.Interrupted("the same command goes on");
        return ExitCode.Interrupted;
    }

    private void Write(int folds, List<(int Fold, string Output, Receipt Receipt)> done, ParseResult parsed)
    {
        if (done.Count == 0)
        {
            return;
        }

        var document = CrossvalDocument.Of(folds, done);
        var file = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(done[0].Output))!, "crossval.json");
        OutputFault.Named(OutputField, () => AtomicFile.Write(file, stream => JsonSerializer.Serialize(stream, document, RunJson.Indented)));
        if (parsed.GetValue(_json))
        {
            console.Output.WriteLine(JsonSerializer.Serialize(document, RunJson.Compact));
        }
        else
        {
            CrossvalText.Write(console, document);
        }
    }
}
