using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Export;
using DistributedFreeze.Training.Runs;

namespace DistributedFreeze.Cli.Export;

/// <summary><c>dfreeze predict</c>: tries a run's model on images.</summary>
internal sealed class PredictCommand(CommandConsole console)
{
    private readonly Argument<string> _model = new("MODEL") { Description = "Output folder of a finished run, or a model that dfreeze export wrote" };
    private readonly Argument<string[]> _images = new("IMAGE")
    {
        Description = "Image files, or folders of them",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _weights = new("--weights") { Description = "The base's weights, for the folder of a run [default: the file that the run had]", HelpName = "FILE" };

    private readonly Option<string?> _maxPixels = new("--max-pixels") { Description = "Pixels above which an image is refused [default: as in the run]", HelpName = "N" };

    private readonly Option<bool> _json = new("--json") { Description = "Print a JSON object for each image, with every class, and nothing else" };

    public Command Build()
    {
        var command = new Command("predict", "Says what is on images, by the model of a run.") { _model, _images, _weights, _maxPixels, _json };
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Predict(parsed, cancellationToken)));
        return command;
    }

    private int Predict(ParseResult parsed, CancellationToken cancellationToken)
    {
        var images = ImagePaths.Find(parsed.GetRequiredValue(_images));
        using var classifier = Open(parsed.GetRequiredValue(_model), parsed.GetValue(_weights), MaxPixels(parsed));
        var problems = new List<Problem>();
        foreach (var path in images)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                Write(path, classifier.Classes, classifier.Classify(path), parsed.GetValue(_json));
            }
            catch (InvalidInputException unreadable)
            {
                problems.AddRange(unreadable.Problems); // the others are worth their answers all the same
            }
        }

        return problems.Count == 0 ? ExitCode.Ok : throw new InvalidInputException(problems);
    }

    private ImageClassifier Open(string given, string? weights, long? maxPixels)
    {
        if (!Directory.Exists(given))
        {
            return OpenFile(given, weights, maxPixels);
        }

        var exported = Path.Combine(given, ExportCommand.DefaultName);
        if (weights is null && File.Exists(exported))
        {
            var classifier = ImageClassifier.Open(exported, maxPixels);
            if (!File.Exists(new OutputFolder(given).Receipt) || classifier.ModelSha256 == TrainedRun.ReadReceipt(given).ModelSha256)
            {
                return classifier;
            }

            classifier.Dispose(); // exported from another run that was here before
        }

        using var run = TrainedRun.Open(given);
        using var network = RunNetwork.Open(run, weights, _weights.Name);
        return ImageClassifier.Of(OnnxModel.ToArray(network), network.Spec.Output, maxPixels);
    }

    private ImageClassifier OpenFile(string given, string? weights, long? maxPixels)
    {
        if (!File.Exists(given))
        {
            throw new InvalidInputException(given, "does not exist; the folder of a finished run, or a model that dfreeze export wrote, would be right");
        }

        return weights is null
            ? ImageClassifier.Open(given, maxPixels)
            : throw new InvalidInputException(_weights.Name, $"cannot stand beside a model that holds its weights; give the run's folder in place of {given}, or leave it out");
    }

    private long? MaxPixels(ParseResult parsed)
    {
        if (parsed.GetValue(_maxPixels) is not { } text)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= DataSpec.LargestMaxPixels
            ? limit
            : throw new InvalidInputException(_maxPixels.Name, $"must be a whole number from 1 to {DataSpec.LargestMaxPixels}, got '{text}'");
    }

    private void Write(string path, ImmutableArray<string> classes, ImmutableArray<float> probabilities, bool json)
    {
        var best = probabilities.IndexOf(probabilities.Max());
        if (json)
        {
            var all = classes.Zip(probabilities).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
            console.Output.WriteLine(JsonSerializer.Serialize(
                new { path, @class = classes[best], probability = probabilities[best], probabilities = all }, RunJson.Compact));
            return;
        }

        console.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}  {classes[best]}  {probabilities[best] * 100:0.0} %"));
    }
}
