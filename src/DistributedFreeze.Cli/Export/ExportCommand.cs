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
    private readonly Option<string?> _to = new("--to") { Description = "The file to write [default: model.onnx, or model-int8.onnx and the like, network.safetensors, model.pth or model.h5 in that folder]", HelpName = "FILE" };
    private readonly Option<bool> _int8 = new("--int8") { Description = "Compute the base in 8 bits, a quarter of the size; on training images the ranges of activations are found, on validation images what it costs" };
    private readonly Option<bool> _calibrate = new("--calibrate") { Description = "Divide logits by a temperature that is fitted to the validation images, so that the model is as sure as it is right; no answer changes" };
    private readonly Option<string?> _data = new("--data") { Description = "Where the run's images are now, for --calibrate and --int8 [default: where they were]", HelpName = "DIR" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };
    private readonly OnnxFormOptions _forms = new();

    public Command Build()
    {
        var command = new Command("export", "Writes a run's whole network as one file that other programs read.") { _run, _format, _weights, _to, _int8, _calibrate, _data };
        foreach (var option in _forms.Options)
        {
            command.Add(option);
        }

        command.Add(_json);
        command.SetAction((parsed, cancellationToken) => Task.Run(() => Export(parsed, cancellationToken), cancellationToken));
        return command;
    }

    private int Export(ParseResult parsed, CancellationToken cancellationToken)
    {
        var format = ExportFormat.Of(parsed, _format);
        RequireRoom(format, parsed);
        using var run = TrainedRun.Open(parsed.GetRequiredValue(_run));
        format.Require(run.Receipt.Spec, _format.Name);
        if (parsed.GetValue(_int8))
        {
            Int8Ranges.Require(run.Receipt.Spec, _int8.Name);
        }

        using var network = RunNetwork.Open(run, parsed.GetValue(_weights), _weights.Name);
        var path = FilePlace.Require(parsed.GetValue(_to) ?? Path.Combine(run.Folder, format == ExportFormat.Onnx ? OnnxFormOptions.NameOf(_forms.Of(parsed), parsed.GetValue(_int8)) : format.DefaultName), _to.Name);
        format.RequireEnding(path, _to.Name);
        var (form, notes) = Form(parsed, network, cancellationToken);
        var bytes = OutputFault.Named(_to.Name, () => format.Write(path, network, form));

        if (parsed.GetValue(_json))
        {
            var size = network.Spec.Data.ImageSize;
            console.Output.WriteLine(JsonSerializer.Serialize(
                new { path, format = format.Name, bytes, imageSize = size, network.Spec.Data.Resize, network.Receipt.Classes, network.Receipt.ModelSha256, notes.Calibration, notes.Int8 }, RunJson.Compact));
            return ExitCode.Ok;
        }

        console.Output.WriteLine($"{path}  {Amount.Bytes(bytes)}");
        foreach (var line in format.Use(path, network, form))
        {
            console.Output.WriteLine(line);
        }

        foreach (var note in ((object?[])[notes.Int8, notes.Calibration]).OfType<object>())
        {
            console.Output.WriteLine(note.ToString());
        }

        return ExitCode.Ok;
    }

    private (OnnxForm Form, (FittedTemperature? Calibration, QuantizedModel? Int8) Notes) Form(ParseResult parsed, TrainedNetwork network, CancellationToken cancellationToken)
    {
        var form = _forms.Of(parsed);
        var (data, shown) = (parsed.GetValue(_data), parsed.GetValue(_json) ? null : console);
        QuantizedModel? int8 = null;
        if (parsed.GetValue(_int8))
        {
            (var ranges, int8) = QuantizedModel.Of(network, data, _data.Name, shown, cancellationToken);
            form = form with { Quantized = ranges, Metadata = new Dictionary<string, string> { [QuantizedModel.MetadataKey] = int8.ToJson() } };
        }

        var calibration = parsed.GetValue(_calibrate) ? FittedTemperature.To(network, form, data, _data.Name, shown, cancellationToken) : null;
        return (form with { Temperature = calibration?.Temperature }, (calibration, int8));
    }

    private void RequireRoom(ExportFormat format, ParseResult parsed)
    {
        if (format != ExportFormat.Onnx)
        {
            if (parsed.GetValue(_calibrate))
            {
                throw new InvalidInputException(_calibrate.Name, $"is for --format {ExportFormat.Onnx.Name}: {format.Name} holds tensors alone, and whoever computes with them may divide logits");
            }

            if (parsed.GetValue(_int8))
            {
                throw new InvalidInputException(_int8.Name, $"is for --format {ExportFormat.Onnx.Name}: {format.Name} holds the tensors as they were trained");
            }

            _forms.RequireNone(parsed, format.Name);
        }

        if (!parsed.GetValue(_calibrate) && !parsed.GetValue(_int8) && parsed.GetValue(_data) is not null)
        {
            throw new InvalidInputException(_data.Name, $"is for {_calibrate.Name} and {_int8.Name}: an export looks at no images otherwise");
        }
    }
}
