using System.CommandLine;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Evaluate.Report;
using DistributedFreeze.Cli.Export;
using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Evaluation;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Export;

namespace DistributedFreeze.Cli.Evaluate;

/// <summary><c>dfreeze evaluate</c>: says how good a model is, by images whose class is known.</summary>
internal sealed class EvaluateCommand(CommandConsole console)
{
    /// <summary>Pixels along a side of the images in the report: sharp where a screen has two for one.</summary>
    private const int ThumbnailSize = 224;

    private static readonly string[] SplitNames = ["train", "val", "test"];

    private readonly Argument<string> _model = new("MODEL") { Description = "Output folder of a finished run, or a model that dfreeze export wrote" };
    private readonly Argument<string?> _data = new("DATA")
    {
        Description = "Images to evaluate on: a folder of class folders, one with test, val or train folders of them, a manifest, or archives [default: those of the run]",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _split = new("--split") { Description = "Which images: train, val or test [default: test, or all of a folder without splits]", HelpName = "SPLIT" };
    private readonly Option<string?> _output = new("--output") { Description = "Folder that receives report.html, evaluation.json, predictions.csv and confusion.csv", HelpName = "DIR" };
    private readonly Option<string?> _weights = new("--weights") { Description = "The base's weights, for the folder of a run [default: the file that the run had]", HelpName = "FILE" };
    private readonly Option<string?> _maxPixels = PixelLimit.Option();
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    public Command Build()
    {
        _split.CompletionSources.Add(SplitNames);
        var command = new Command("evaluate", "Says how good a model is: accuracy, every class, calibration, and what it gets wrong.")
        {
            _model, _data, _split, _output, _weights, _maxPixels, _json,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(() => Evaluate(parsed, cancellationToken), cancellationToken));
        return command;
    }

    private int Evaluate(ParseResult parsed, CancellationToken cancellationToken)
    {
        var given = parsed.GetRequiredValue(_model);
        var (split, maxPixels) = (Split(parsed), PixelLimit.Of(parsed, _maxPixels));
        var receipt = RunClassifier.HasReceipt(given) ? TrainedRun.ReadReceipt(given) : null;
        using var classifier = RunClassifier.Open(given, parsed.GetValue(_weights), _weights.Name, maxPixels);
        var images = Renamed.Field("data.path", _data.Name, () => Find(receipt, parsed.GetValue(_data), split, cancellationToken));
        var files = parsed.GetValue(_output) is { } folder ? EvaluationFiles.In(folder, _output.Name) : null;
        var answers = EvaluatedImages.Classify(classifier, images, _data.Name, parsed.GetValue(_json) ? null : console, cancellationToken);
        foreach (var problem in answers.Unreadable)
        {
            console.WarnOnError($"{problem}; it is left out");
        }

        var seed = receipt?.Spec.Seed ?? 0;
        var evaluation = ClassifierEvaluation.Of(classifier.Classes, answers.Images, seed);
        var document = EvaluationDocument.Of(evaluation, new(Path.GetFullPath(given), classifier.ModelSha256, receipt?.RunId) { Temperature = classifier.Temperature }, images, answers.Unreadable.Length, seed);
        if (files is not null)
        {
            using var maps = ReportMaps.For(given, parsed.GetValue(_weights), _weights.Name);
            var limit = maxPixels ?? receipt?.Spec.Data.MaxPixels ?? DataSpec.DefaultMaxPixels;
            files.Write(document, evaluation, ReportPage.Of(
                document, evaluation, receipt, name => ImageFigure.Thumbnail(images.ContentOf(name), ThumbnailSize, limit), image => maps.Of(images.ContentOf(image.Name), image), maps.Note));
        }

        if (parsed.GetValue(_json))
        {
            console.Output.WriteLine(JsonSerializer.Serialize(document, RunJson.Compact));
        }
        else
        {
            EvaluationText.Write(console, document, evaluation);
        }

        return ExitCode.Ok;
    }

    /// <summary>The run's images, or others: those of the named folder, as the run split them where it is the run's own.</summary>
    private EvaluationImages Find(Receipt? receipt, string? folder, Split? split, CancellationToken cancellationToken)
    {
        if (receipt is null)
        {
            return EvaluationImages.InFolder(
                folder ?? throw new InvalidInputException(_data.Name, "is needed: a model alone does not say what images it was made for; name a folder of class folders"), split);
        }

        if (folder is null)
        {
            var own = EvaluationImages.OfRun(receipt, folder: null, split ?? Data.Split.Test, cancellationToken);
            if (own.AreTheRuns == false)
            {
                console.WarnOnError($"the images in {own.Root} have changed since the run: the model may have been trained on some of these");
            }

            return own;
        }

        return OwnIn(receipt, folder, split, cancellationToken) ?? EvaluationImages.InFolder(folder, split);
    }

    /// <returns>Null where the folder holds other images than the run's.</returns>
    private static EvaluationImages? OwnIn(Receipt receipt, string folder, Split? split, CancellationToken cancellationToken)
    {
        try
        {
            var found = EvaluationImages.OfRun(receipt, folder, split ?? Data.Split.Test, cancellationToken);
            return found.AreTheRuns == true ? found : null;
        }
        catch (InvalidInputException)
        {
            return null; // no run could train on it, but a model can be tried on it, or that says better what is wrong
        }
    }

    private Split? Split(ParseResult parsed) => parsed.GetValue(_split) switch
    {
        null => null,
        "train" => Data.Split.Train,
        "val" => Data.Split.Validation,
        "test" => Data.Split.Test,
        var other => throw new InvalidInputException(_split.Name, $"must be train, val or test, got '{other}'"),
    };
}
