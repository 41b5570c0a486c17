using System.CommandLine;
using System.Text.Json;
using DistributedFreeze.Cli.Bases;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Evaluate.Report;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Data.Checks;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Checks;

namespace DistributedFreeze.Cli.DataChecks;

/// <summary><c>dfreeze data check</c>: what speaks against training on a folder as it is.</summary>
internal sealed class DataCheckCommand(CommandConsole console)
{
    private const string PathField = "data.path";
    private const string Unused = "run";
    private const int ThumbnailSize = 160;

    private static readonly string[] Fields =
    [
        "model.weights", "model.random_weights", "model.graph", "data.preprocess", "data.force_preprocess", "data.resize", "data.color_profiles", "data.image_size", "data.max_pixels",
        "data.max_skipped_share", "data.validation_share", "data.test_share", "data.split", "data.folds", "data.fold", "seed", "features.type", "features.engine", "features.provider", "features.cache",
        "features.directory", "features.memory", "features.disk",
    ];

    private readonly RunOptions _run = new(console.Input, option => Fields.Contains(option.Field, StringComparer.Ordinal));
    private readonly Argument<string?> _folder = new("DIR")
    {
        Description = "Folder of class folders, or of train, val and test folders of them, a manifest of images, or archives of them [default: the run file's]",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _report = new("--report") { Description = "Write what was found to this HTML file, with the images", HelpName = "FILE" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    public Command Build()
    {
        var command = new Command("check", "Says what a run would take and leave out, and finds duplicates, near duplicates and labels that are probably wrong (the last two with --weights).") { _folder };
        _run.AddTo(command);
        command.Add(_report);
        command.Add(_json);
        command.SetAction((parsed, cancellationToken) => Task.Run(() => CheckAsync(parsed, cancellationToken), CancellationToken.None));
        return command;
    }

    private async Task<int> CheckAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var weights = new NamedWeights(console);
        var spec = await weights.PulledForAsync(() => Renamed.Field(PathField, _folder.Name, () => Prepare(parsed, weights)), cancellationToken);
        return Renamed.Field(PathField, _folder.Name, () => Check(spec, parsed, cancellationToken));
    }

    private RunSpec Prepare(ParseResult parsed, NamedWeights weights)
    {
        console.NameFields(_run.FieldNames(parsed));
        if (parsed.GetValue(_report) is { } place)
        {
            FilePlace.Require(place, _report.Name); // before the work, not after it
        }

        return Spec(parsed, weights);
    }

    private int Check(RunSpec spec, ParseResult parsed, CancellationToken cancellationToken)
    {
        var check = spec.Model is { Weights: null, RandomWeights: false } ? FolderInspection.Of(spec.Data, spec.Seed, cancellationToken) : Look(spec, cancellationToken);
        check = check with { Warnings = [.. check.Warnings.Select(console.Fields.In)] };
        if (parsed.GetValue(_report) is { } file)
        {
            OutputFault.Write(_report.Name, file, DataCheckPage.Of(check, image => ImageFigure.Thumbnail(check.ContentOf(image), ThumbnailSize, spec.Data.MaxPixels)));
        }

        if (parsed.GetValue(_json))
        {
            console.Output.WriteLine(JsonSerializer.Serialize(check, RunJson.Compact));
        }
        else
        {
            DataCheckText.Write(console, check, spec.Data.Folds is { } folds ? $"into {folds} folds, {spec.Data.Fold} the test," : spec.Data.Split);
        }

        return ExitCode.Ok;
    }

    private DataCheck Look(RunSpec spec, CancellationToken cancellationToken)
    {
        LocalMemory.Require(spec);
        using var progress = new DataCheckProgressView(console, TimeProvider.System);
        return new DataChecker(spec, progress.Show).Run(cancellationToken);
    }

    private RunSpec Spec(ParseResult parsed, NamedWeights weights)
    {
        var draft = weights.Locate(_run.Draft(parsed));
        if (parsed.GetValue(_folder) is { } folder)
        {
            draft = draft.With(PathField, folder, _folder.Name);
        }
        else if (!draft.Has(PathField))
        {
            throw new InvalidInputException(_folder.Name, "is needed: name the folder of images, or a run file that does with --file");
        }

        // Nothing trains: how much would, and where its model would go, is of no consequence.
        draft = draft.Has("output") ? draft : draft.With("output", Unused, "output");
        draft = draft.Phases > 0 ? draft : draft.With("phases[0].epochs", "1", "epochs");
        var spec = draft.With("shards", "1", "shards").With("batch_size", "1", "batch_size").Without("replicas").Without("min_replicas").Without("from").Without("model.head.inputs").Build();
        return LocalBase.Refuse(spec, "is not what data check looks with: near duplicates and labels are found with the eyes of a ResNet; leave it out, or give `model.weights`");
    }
}
