using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Export;

namespace DistributedFreeze.Cli.Export;

/// <summary><c>dfreeze predict</c>: tries an exported model on images.</summary>
internal sealed class PredictCommand(CommandConsole console)
{
    private readonly Argument<string> _model = new("MODEL") { Description = "A model that dfreeze export wrote, or the folder it is in" };
    private readonly Argument<string[]> _images = new("IMAGE")
    {
        Description = "Image files, or folders of them",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print a JSON object for each image, with every class, and nothing else" };

    public Command Build()
    {
        var command = new Command("predict", "Says what is on images, by an exported model.") { _model, _images, _json };
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Predict(parsed, cancellationToken)));
        return command;
    }

    private int Predict(ParseResult parsed, CancellationToken cancellationToken)
    {
        var images = ImagePaths.Find(parsed.GetRequiredValue(_images));
        using var classifier = ImageClassifier.Open(ModelPath(parsed.GetRequiredValue(_model)));
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

    private static string ModelPath(string given) => Directory.Exists(given) ? Path.Combine(given, ExportCommand.DefaultName) : given;

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
