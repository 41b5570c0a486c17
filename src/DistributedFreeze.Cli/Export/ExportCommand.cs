using System.CommandLine;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Export;

namespace DistributedFreeze.Cli.Export;

/// <summary><c>dfreeze export</c>: base and trained tensors in one model that other programs run.</summary>
internal sealed class ExportCommand(CommandConsole console)
{
    public const string DefaultName = "model.onnx";

    private readonly Argument<string> _run = new("DIR") { Description = "Output folder of a finished run, or where its files were downloaded to" };
    private readonly Option<string?> _weights = new("--weights") { Description = "The base's weights [default: the file that the run had]", HelpName = "FILE" };
    private readonly Option<string?> _to = new("--to") { Description = $"The file to write [default: {DefaultName} in that folder]", HelpName = "FILE" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    public Command Build()
    {
        var command = new Command("export", "Writes a run's whole network as an ONNX model: pixels in, probabilities out.") { _run, _weights, _to, _json };
        command.SetAction(Export);
        return command;
    }

    private int Export(ParseResult parsed)
    {
        using var run = TrainedRun.Open(parsed.GetRequiredValue(_run));
        using var network = RunNetwork.Open(run, parsed.GetValue(_weights), _weights.Name);
        var path = Path.GetFullPath(parsed.GetValue(_to) ?? Path.Combine(run.Folder, DefaultName));
        RequireFolderOf(path);
        var bytes = Write(path, network);

        var size = network.Spec.Data.ImageSize;
        var classes = network.Receipt.Classes;
        if (parsed.GetValue(_json))
        {
            console.Output.WriteLine(JsonSerializer.Serialize(
                new { path, bytes, imageSize = size, network.Spec.Data.Resize, classes, network.Receipt.ModelSha256 }, RunJson.Compact));
            return ExitCode.Ok;
        }

        console.Output.WriteLine($"{path}  {Amount.Bytes(bytes)}");
        console.Output.WriteLine($"{ClassifierModel.InputName}         N x {size} x {size} x 3 bytes: red, green, blue");
        console.Output.WriteLine($"{ClassifierModel.OutputName}  N x {classes.Length} floats: {string.Join(", ", classes)}");
        return ExitCode.Ok;
    }

    private void RequireFolderOf(string path)
    {
        var folder = Path.GetDirectoryName(path);
        if (Directory.Exists(path) || !Directory.Exists(folder))
        {
            throw new InvalidInputException(_to.Name, Directory.Exists(path) ? $"must be a file: {path} is a folder" : $"must be in a folder that exists: there is no {folder}");
        }
    }

    private long Write(string path, TrainedNetwork network)
    {
        try
        {
            return OnnxModel.Write(path, network);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(_to.Name, $"cannot be written: {refused.Message}");
        }
    }
}
