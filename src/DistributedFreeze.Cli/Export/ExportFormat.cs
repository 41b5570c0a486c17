using System.CommandLine;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Export;

namespace DistributedFreeze.Cli.Export;

/// <summary>A form in which a network leaves.</summary>
/// <param name="Name">Its word on the command line.</param>
/// <param name="DefaultName">The file's name, where none is given. A run's own model.safetensors is another file.</param>
/// <param name="Endings">How other names may end.</param>
/// <param name="Write">Writes the file and returns its length in bytes; ONNX alone has forms.</param>
/// <param name="Use">What a person needs to know to use it, a line each.</param>
internal sealed record ExportFormat(
    string Name,
    string DefaultName,
    string[] Endings,
    Func<string, TrainedNetwork, OnnxForm, long> Write,
    Func<string, TrainedNetwork, OnnxForm, IEnumerable<string>> Use)
{
    /// <summary>Pixels in, probabilities out.</summary>
    public static ExportFormat Onnx { get; } = new("onnx", "model.onnx", [".onnx"], OnnxModel.Write, (_, network, form) => OnnxFormOptions.Use(network, form));

    /// <summary>Our names; a base of other runs, too.</summary>
    private static ExportFormat Safetensors { get; } = new("safetensors", "network.safetensors", [".safetensors"], (path, network, _) => SafetensorsModel.Write(path, network), (_, network, _) =>
    [
        $"tensors of a {network.Table.Architecture.Name} of graph {RunFile(network)} under our names, and the head; preprocessing {Preprocessing(network)}",
        .. network.Table == network.Table.Whole ? Array.Empty<string>() : [$"the head reads the channel means of {string.Join(", ", network.Table.HeadInputs.Select(layer => layer.Name))}, one after another; layers after them are left out"],
        $"classes  {string.Join(", ", network.Receipt.Classes)}",
    ]);

    /// <summary>A state dict of torchvision's network.</summary>
    private static ExportFormat Torchvision { get; } = new("torchvision", "model.pth", [".pth", ".pt"], (path, network, _) => TorchvisionModel.Write(path, network), (path, network, _) =>
    [
        .. TorchvisionModel.Python(Path.GetFileName(path), network),
        $"# input N x 3 x {network.Spec.Data.ImageSize} x {network.Spec.Data.ImageSize}, preprocessing {Preprocessing(network)}; logits of {string.Join(", ", network.Receipt.Classes)}",
    ]);

    /// <summary>Weights of Keras's network.</summary>
    private static ExportFormat Keras { get; } = new("keras-h5", "model.h5", [".h5", ".hdf5"], (path, network, _) => KerasModel.Write(path, network), (path, network, _) =>
    [
        .. KerasModel.Python(Path.GetFileName(path), network),
        $"# input N x {network.Spec.Data.ImageSize} x {network.Spec.Data.ImageSize} x 3, preprocessing {Preprocessing(network)}; probabilities of {string.Join(", ", network.Receipt.Classes)}",
    ]);

    private static ExportFormat[] All { get; } = [Onnx, Safetensors, Torchvision, Keras];

    /// <summary>The option that chooses one.</summary>
    public static Option<string?> Option()
    {
        var option = new Option<string?>("--format")
        {
            Description = $"onnx: pixels in, probabilities out; safetensors: all tensors under our names; torchvision: a state dict of its network of that name; keras-h5: weights of Keras's [default: {Onnx.Name}]",
            HelpName = string.Join('|', All.Select(format => format.Name)),
        };
        option.CompletionSources.Add([.. All.Select(format => format.Name)]);
        return option;
    }

    /// <exception cref="InvalidInputException">There is no such form.</exception>
    public static ExportFormat Of(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is not { } name
        ? Onnx
        : Array.Find(All, format => format.Name == name)
            ?? throw new InvalidInputException(option.Name, $"must be {string.Join(", ", All.SkipLast(1).Select(format => format.Name))} or {All[^1].Name}, got '{name}'");

    /// <exception cref="InvalidInputException">The form has no room for the run's network.</exception>
    public void Require(RunSpec spec, string field)
    {
        if (this != Onnx && spec.Model.Base is not null)
        {
            throw new InvalidInputException(field, $"{Name} holds tensors of a ResNet, and this run's base is an ONNX model; {Onnx.Name} holds graph and head");
        }

        if ((this == Torchvision || this == Keras) && LayerTable.For(spec.Model) is var table && table != table.Whole)
        {
            throw new InvalidInputException(
                field, $"{Name} holds a network whose head reads the last layer, and this run's reads {string.Join(", ", table.HeadInputs.Select(layer => layer.Name))}; {Onnx.Name} and {Safetensors.Name} hold that");
        }

        if (this == Torchvision)
        {
            TorchvisionModel.Require(spec, field);
        }

        if (this == Keras)
        {
            KerasModel.Require(spec, field);
        }
    }

    /// <exception cref="InvalidInputException">The file's name would say that it is something else.</exception>
    public void RequireEnding(string path, string field)
    {
        // An ONNX model may be called anything: it always could.
        if (this != Onnx && !Endings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
        {
            throw new InvalidInputException(field, $"must end in {string.Join(" or ", Endings)} for --format {Name}, got '{path}'");
        }

        if (this == Keras)
        {
            KerasModel.RequireName(path, field);
        }
    }

    private static string RunFile(TrainedNetwork network) => RunEnums.NameOf(network.Spec.Model.Graph);

    private static string Preprocessing(TrainedNetwork network) => RunEnums.NameOf(network.Preprocessing);
}
