using System.CommandLine;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Export;

namespace DistributedFreeze.Cli.Export;

/// <summary><c>dfreeze export</c>: base and trained tensors in one model that other programs run.</summary>
internal sealed class ExportCommand(CommandConsole console)
{
    private readonly Argument<string> _run = new("DIR") { Description = "Output folder of a finished run, or where its files were downloaded to" };
    private readonly Option<string?> _weights = new("--weights") { Description = "The base's weights [default: the file that the run had]", HelpName = "FILE" };
    private readonly Option<string?> _format = ExportFormat.Option();
    private readonly Option<string?> _to = new("--to") { Description = "The file to write [default: model.onnx, network.safetensors or model.pth in that folder]", HelpName = "FILE" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    public Command Build()
    {
        var command = new Command("export", "Writes a run's whole network as one file that other programs read.") { _run, _format, _weights, _to, _json };
        command.SetAction(Export);
        return command;
    }

    private int Export(ParseResult parsed)
    {
        var format = ExportFormat.Of(parsed, _format);
        using var run = TrainedRun.Open(parsed.GetRequiredValue(_run));
        format.Require(run.Receipt.Spec, _format.Name);
        using var network = RunNetwork.Open(run, parsed.GetValue(_weights), _weights.Name);
        var path = FilePlace.Require(parsed.GetValue(_to) ?? Path.Combine(run.Folder, format.DefaultName), _to.Name);
        format.RequireEnding(path, _to.Name);
        var bytes = Write(format, path, network);

        var size = network.Spec.Data.ImageSize;
        var classes = network.Receipt.Classes;
        if (parsed.GetValue(_json))
        {
            console.Output.WriteLine(JsonSerializer.Serialize(
                new { path, format = format.Name, bytes, imageSize = size, network.Spec.Data.Resize, classes, network.Receipt.ModelSha256 }, RunJson.Compact));
            return ExitCode.Ok;
        }

        console.Output.WriteLine($"{path}  {Amount.Bytes(bytes)}");
        foreach (var line in format.Use(path, network))
        {
            console.Output.WriteLine(line);
        }

        return ExitCode.Ok;
    }

    private long Write(ExportFormat format, string path, TrainedNetwork network) => OutputFault.Named(_to.Name, () => format.Write(path, network));
}
