using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Data.Bases;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Bases;

/// <summary><c>dfreeze base show</c>: what an ONNX model takes, where it can end, and what that costs. It computes one image on ONNX Runtime, and needs no libtorch.</summary>
internal sealed class BaseShowCommand(CommandConsole console)
{
    private const int MostShown = 20;
    private const int MostInJson = 2_000;
    private const string UsualSize = "224";

    private readonly Argument<string> _file = new("FILE") { Description = "An ONNX model (.onnx), its files of external data beside it" };
    private readonly Option<string> _size = new("--image-size")
    {
        Description = $"Height and width of images where the model leaves them open, {DataSpec.SmallestImage} to {DataSpec.LargestImage}",
        HelpName = "PIXELS",
        DefaultValueFactory = _ => UsualSize,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    public Command Build()
    {
        var command = new Command("show", "Says what an ONNX model takes and how its images are prepared, and lists where it can end as a base, with shapes and costs.") { _file, _size, _json };
        command.SetAction((parsed, cancellationToken) => Task.Run(() => Show(parsed), cancellationToken));
        return command;
    }

    private int Show(ParseResult parsed)
    {
        var asJson = parsed.GetValue(_json);
        var size = WholeNumber.Of(_size, parsed, DataSpec.SmallestImage, DataSpec.LargestImage);
        var model = BaseDescription.Of(parsed.GetRequiredValue(_file), size, asJson ? MostInJson : MostShown, _file.Name);
        if (asJson)
        {
            console.Output.WriteLine(JsonSerializer.Serialize(model, RunJson.Indented));
        }
        else
        {
            WriteText(model);
        }

        return ExitCode.Ok;
    }

    private void WriteText(BaseDescription model)
    {
        var bytes = new FileInfo(model.Path).Length;
        Line("file", $"{model.Path}, {Amount.Bytes(bytes)}{(model.ExternalFiles.IsEmpty ? "" : $", constants in {string.Join(", ", model.ExternalFiles)}")}, sha256 {model.Sha256}");
        Line("made by", $"{(model.Producer.Length > 0 ? model.Producer : "nobody who says so")}, opset {model.OperatorSet}, {Count(model.Nodes)} nodes");
        Line("inputs", string.Join("; ", model.Inputs));
        Line("outputs", string.Join("; ", model.Outputs));
        Line("images", $"{model.ImageSize} x {model.ImageSize} ({(model.IsImageSizeOpen ? "the model leaves that open: --image-size" : "fixed by the model")}), "
            + $"channels {(model.ChannelsLast ? "last (NHWC)" : "first (NCHW)")}, {(model.Batch is { } batch ? $"{batch} at a time" : "any number at a time")}");
        Line("pixels", model.Preprocessing is { } choice ? $"{RunEnums.NameOf(choice.Taken)}: {choice.Reason}{(choice.Taken == Preprocessing.Raw ? "" : "; --preprocess says otherwise")}" : model.PreprocessingProblem!);
        Line("boundary", $"{model.Boundary}, {(model.Classifier is { } classifier ? $"before the dense layer {classifier}, which is left out" : "its output: no dense layer comes last")}");
        Line("use", $"dfreeze train --base {ShellWord.Of(model.Path)} --data FOLDER");
        console.Output.WriteLine();
        WriteCandidates(model);
    }

    private void WriteCandidates(BaseDescription model)
    {
        List<string[]> rows = [["BOUNDARY", "NODE", "OPERATOR", "SHAPE", "FEATURES", "PARAMETERS", "MULTIPLY-ADDS"]];
        foreach (var candidate in model.Candidates)
        {
            rows.Add(
            [
                candidate.Tensor + (candidate.IsDefault ? " (default)" : ""),
                candidate.Node.Length > 0 ? candidate.Node : "-",
                candidate.Operator,
                string.Join('x', candidate.Shape),
                candidate.Features is { } features ? Count(features) : "-",
                Count(candidate.Parameters),
                candidate.MultiplyAdds is { } multiplyAdds ? Count(multiplyAdds) : "unknown",
            ]);
        }

        const int FirstNumber = 4;
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            console.Output.WriteLine(string.Join("  ", row.Select((cell, column) => column < FirstNumber ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))));
        }

        if (model.AllCandidates > model.Candidates.Length)
        {
            console.Output.WriteLine($"{Count(model.AllCandidates - model.Candidates.Length)} earlier ones are listed by --json; any other tensor that depends on the image can be named, too.");
        }

        if (model.Candidates.SelectMany(candidate => candidate.Uncounted).Distinct(StringComparer.Ordinal).ToList() is { Count: > 0 } uncounted)
        {
            console.Output.WriteLine($"Unknown are the multiply-adds of {string.Join(", ", uncounted)}.");
        }

        if (model.Candidates.FirstOrDefault(candidate => candidate.IsDefault)?.Pooling is { } pooling)
        {
            console.Output.WriteLine($"Features at the default: {pooling}.");
        }
    }

    private void Line(string name, string text) => console.Output.WriteLine($"{name,-8} {text}");

    private static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);
}
