using System.Globalization;
using System.Runtime.InteropServices;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Weights;
using DistributedFreeze.Training.Weights.Torch;

namespace DistributedFreeze.Training.Export;

/// <summary>Writes a trained network as a state dict of torchvision's network of that name, such as <c>resnet50</c>, which loads it with <c>strict=True</c>.</summary>
/// <remarks>Pure but for the file that it writes.</remarks>
public static class TorchvisionModel
{
    /// <summary>Refuses a network that torchvision has no class for.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="field">What errors name as the field at fault.</param>
    /// <exception cref="InvalidInputException">The run trained Keras's graph.</exception>
    public static void Require(RunSpec spec, string field)
    {
        if (spec.Model.Graph != NetworkGraph.TorchvisionV15)
        {
            throw new InvalidInputException(
                field, "torchvision is for runs of torchvision's graph: Keras's build, which this run trained, halves the image in other convolutions, and these have biases");
        }
    }

    /// <summary>Writes the state dict; the file is replaced whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network; <see cref="Require"/> has accepted it.</param>
    /// <returns>Length of the file in bytes.</returns>
    /// <exception cref="InvalidInputException">A file of weights is damaged.</exception>
    /// <exception cref="IOException">The disk is full or fails, or there is no such folder.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static long Write(string path, TrainedNetwork network)
    {
        List<CheckpointTensor> tensors =
        [
            .. network.Table.Layers.SelectMany(layer => Tensors(layer, network)),
            .. network.Head.Tensors.Select(tensor => Floats(HeadName(network, tensor), tensor, network)),
        ];
        AtomicFile.Write(path, stream => TorchCheckpointWriter.Write(stream, tensors));
        return new FileInfo(path).Length;
    }

    /// <summary>Lines of Python that load what <see cref="Write"/> has written.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="network">The network.</param>
    public static IEnumerable<string> Python(string name, TrainedNetwork network)
    {
        var function = network.Table.Architecture.TorchvisionName;
        var shapes = network.Head.Layers.Select(layer => layer.Tensors[0].Shape).ToList();
        if (shapes is [var only])
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"network = torchvision.models.{function}(num_classes={only[0]})");
        }
        else
        {
            var dense = shapes.Select(shape => string.Create(CultureInfo.InvariantCulture, $"torch.nn.Linear({shape[1]}, {shape[0]})"));
            yield return $"network = torchvision.models.{function}()";
            yield return $"network.fc = torch.nn.Sequential({string.Join(", torch.nn.ReLU(), ", dense)})";
        }

        yield return $"network.load_state_dict(torch.load('{name.Replace("'", @"\'", StringComparison.Ordinal)}', weights_only=True))";
    }

    private static IEnumerable<CheckpointTensor> Tensors(Layer layer, TrainedNetwork network)
    {
        foreach (var tensor in layer.Tensors)
        {
            yield return Floats(TorchvisionNames.Of(tensor.Name), tensor, network);
        }

        if (layer.Kind == LayerKind.BatchNormalization)
        {
            // How many batches a norm has seen counts only where its momentum is None; torchvision's is 0.1.
            yield return new($"{TorchvisionNames.Of($"{layer.Name}.num_batches_tracked")}", ElementType.I64, [], () => new byte[sizeof(long)]);
        }
    }

    private static CheckpointTensor Floats(string name, TensorSpec tensor, TrainedNetwork network) => new(name, ElementType.F32, tensor.Shape, () =>
    {
        var values = new float[tensor.Elements];
        network.Read(tensor, values);
        if (!BitConverter.IsLittleEndian)
        {
            var bits = MemoryMarshal.Cast<float, int>(values.AsSpan());
            System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(bits, bits);
        }

        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    });

    /// <summary>The classifier is <c>fc</c>; with hidden layers it is a Sequential, with a ReLU between two dense layers.</summary>
    private static string HeadName(TrainedNetwork network, TensorSpec tensor)
    {
        var leaf = tensor.Name[(tensor.Name.LastIndexOf('.') + 1)..];
        var position = network.Head.Layers.TakeWhile(layer => !layer.Tensors.Any(own => own.Name == tensor.Name)).Count();
        return network.Head.Layers.Length == 1 ? $"fc.{leaf}" : string.Create(CultureInfo.InvariantCulture, $"fc.{2 * position}.{leaf}");
    }
}
