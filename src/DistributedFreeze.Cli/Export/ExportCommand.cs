using System.CommandLine;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Export;

namespace DistributedFreeze.Cli.Export;

/// <summary><c>dfreeze export</c>: base and trained tensors in one model that other programs run.</summary>
internal sealed class ExportCommand(CommandConsole console)
{
    private readonly Argument<string> _run = new("DIR") { Description = "Output folder of a finished run, or where its files were downloaded to" };
    private readonly Option<string?> _weights = new("--weights") { Description = "The base's weights [default: the file that the run had]", HelpName = "FILE" };
    private readonly Option<string?> _format = ExportFormat.Option();
    private readonly Option<string?> _to = new("--to") { Description = "The file to write [default: model.onnx, network.safetensors, model.pth or model.h5 in that folder]", HelpName = "FILE" };
    private readonly Option<bool> _calibrate = new("--calibrate") { Description = "Divide logits by a temperature that is fitted to the validation images, so that the model is as sure as it is right; no answer changes" };
    private readonly Option<string?> _data = new("--data") { Description = "Where the run's images are now, for --calibrate [default: where they were]", HelpName = "DIR" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    public Command Build()
    {
        var command = new Command("export", "Writes a run's whole network as one file that other programs read.") { _run, _format, _weights, _to, _calibrate, _data, _json };
        command.SetAction((parsed, cancellationToken) => Task.Run(() => Export(parsed, cancellationToken), cancellationToken));
        return command;
    }

    private int Export(ParseResult parsed, CancellationToken cancellationToken)
    {
        var format = ExportFormat.Of(parsed, _format);
        RequireRoomForCalibration(format, parsed);
        using var run = TrainedRun.Open(parsed.GetRequiredValue(_run));
        format.Require(run.Receipt.Spec, _format.Name);
        using var network = RunNetwork.Open(run, parsed.GetValue(_weights), _weights.Name);
        var path = FilePlace.Require(parsed.GetValue(_to) ?? Path.Combine(run.Folder, format.DefaultName), _to.Name);
        format.RequireEnding(path, _to.Name);
        var calibration = parsed.GetValue(_calibrate) ? FittedTemperature.To(network, parsed.GetValue(_data), _data.Name, parsed.GetValue(_json) ? null : console, cancellationToken) : null;
        var bytes = Write(format, path, network, calibration?.Temperature);

        var size = network.Spec.Data.ImageSize;
        var classes = network.Receipt.Classes;
        if (parsed.GetValue(_json))
        {
            console.Output.WriteLine(JsonSerializer.Serialize(
                new { path, format = format.Name, bytes, imageSize = size, network.Spec.Data.Resize, classes, network.Receipt.ModelSha256, calibration }, RunJson.Compact));
            return ExitCode.Ok;
        }

        console.Output.WriteLine($"{path}  {Amount.Bytes(bytes)}");
        foreach (var line in format.Use(path, network))
        {
            console.Output.WriteLine(line);
        }

        if (calibration is not null)
        {
            console.Output.WriteLine(calibration.ToString());
        }

        return ExitCode.Ok;
    }

    private void RequireRoomForCalibration(ExportFormat format, ParseResult parsed)
    {
        if (parsed.GetValue(_calibrate) && format != ExportFormat.Onnx)
        {
            throw new InvalidInputException(_calibrate.Name, $"is for --format {ExportFormat.Onnx.Name}: {format.Name} holds tensors alone, and whoever computes with them may divide logits");
        }

        if (!parsed.GetValue(_calibrate) && parsed.GetValue(_data) is not null)
        {
            throw new InvalidInputException(_data.Name, $"is for {_calibrate.Name} alone: an export looks at no images otherwise");
        }
    }

    private long Write(ExportFormat format, string path, TrainedNetwork network, double? temperature) => OutputFault.Named(_to.Name, () => format.Write(path, network, temperature));
}
