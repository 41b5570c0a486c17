using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Export;

/// <summary><c>dfreeze predict</c>: tries a run's model on images.</summary>
internal sealed class PredictCommand(CommandConsole console)
{
    private readonly Argument<string> _model = new("MODEL") { Description = "Output folder of a finished run, or a model that dfreeze export wrote" };
    private readonly Argument<string[]> _images = new("IMAGE")
    {
        Description = "Image files, folders of them, or archives of them (.tar, .parquet)",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _weights = new("--weights") { Description = "The base's weights, for the folder of a run [default: the file that the run had]", HelpName = "FILE" };

    private readonly Option<string?> _maxPixels = PixelLimit.Option();

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
        using var classifier = RunClassifier.Open(parsed.GetRequiredValue(_model), parsed.GetValue(_weights), _weights.Name, PixelLimit.Of(parsed, _maxPixels));
        var problems = new List<Problem>();
        foreach (var image in images)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                Write(image.Path, classifier.Classes, classifier.Classify(image), parsed.GetValue(_json));
            }
            catch (InvalidInputException unreadable)
            {
                problems.AddRange(unreadable.Problems); // the others are worth their answers all the same
            }
        }

        return problems.Count == 0 ? ExitCode.Ok : throw new InvalidInputException(problems);
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
