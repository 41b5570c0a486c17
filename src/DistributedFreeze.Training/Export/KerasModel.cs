using System.Globalization;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Weights;
using PureHDF;

namespace DistributedFreeze.Training.Export;

/// <summary>Writes a trained network as a file of weights that Keras's network of that name loads, such as <c>keras.applications.ResNet50</c>.</summary>
/// <remarks>
/// The layout is Keras's for names that end in <c>.h5</c>, which Keras 2 and 3 read (keras/src/legacy/saving/legacy_h5_format.py): a group for
/// each layer, whose attribute <c>weight_names</c> says in which order its tensors come, and the layers' order in <c>layer_names</c>. Pure but for the file.
/// </remarks>
public static class KerasModel
{
    /// <summary>The version whose files look like this; with 1 or none, Keras would turn kernels over.</summary>
    private const string Version = "2.2.4";

    private const string Classifier = "predictions";
    private const string Ending = ".weights.h5";

    /// <summary>Refuses a network that Keras has no class for.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="field">What errors name as the field at fault.</param>
    /// <exception cref="InvalidInputException">The run trained torchvision's graph.</exception>
    public static void Require(RunSpec spec, string field)
    {
        if (spec.Model.Graph != NetworkGraph.KerasV1)
        {
            throw new InvalidInputException(
                field, "keras-h5 is for runs of Keras's graph: torchvision's, which this run trained, halves the image in other convolutions, and these have no biases");
        }
    }

    /// <summary>Refuses a file's name by which Keras 3 would take it for a file of its own newer layout.</summary>
    /// <param name="path">The file.</param>
    /// <param name="field">What errors name as the field at fault.</param>
    /// <exception cref="InvalidInputException">The name ends so.</exception>
    public static void RequireName(string path, string field)
    {
        if (path.EndsWith(Ending, StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidInputException(field, $"must not end in {Ending}, by which Keras knows another layout than {path} would have; .h5 alone is right");
        }
    }

    /// <summary>Writes the weights; the file is replaced whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network; <see cref="Require"/> has accepted it.</param>
    /// <returns>Length of the file in bytes.</returns>
    /// <exception cref="InvalidInputException">A file of weights is damaged.</exception>
    /// <exception cref="IOException">The disk is full or fails, or there is no such folder.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static long Write(string path, TrainedNetwork network)
    {
        List<KerasLayer> layers =
        [
            .. network.Table.Layers.Select(layer => new KerasLayer(layer.Name, layer.Tensors)),
            new("avg_pool", []),
            .. network.Head.Layers.Select(layer => new KerasLayer(HeadName(network.Head, layer), layer.Tensors)),
        ];
        AtomicFile.Write(path, stream => Write(stream, layers, network));
        return new FileInfo(path).Length;
    }

    /// <summary>Lines of Python that load what <see cref="Write(string, TrainedNetwork)"/> has written.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="network">The network.</param>
    public static IEnumerable<string> Python(string name, TrainedNetwork network)
    {
        var (layers, size) = (network.Head.Layers, network.Spec.Data.ImageSize);
        var input = string.Create(CultureInfo.InvariantCulture, $"weights=None, input_shape=({size}, {size}, 3)");
        if (layers is [var only])
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"network = keras.applications.{network.Table.Architecture.Name}({input}, classes={only.OutFeatures})");
        }
        else
        {
            yield return $"base = keras.applications.{network.Table.Architecture.Name}({input}, include_top=False, pooling='avg')";
            yield return "x = base.output";
            foreach (var layer in layers)
            {
                var activation = layer == layers[^1] ? "softmax" : "relu";
                yield return string.Create(CultureInfo.InvariantCulture, $"x = keras.layers.Dense({layer.OutFeatures}, activation='{activation}', name='{HeadName(network.Head, layer)}')(x)");
            }

            yield return "network = keras.Model(base.input, x)";
        }

        yield return $"network.load_weights('{name.Replace("'", @"\'", StringComparison.Ordinal)}')";
    }

    private static string HeadName(HeadLayers head, DenseLayer layer) =>
        layer == head.Layers[^1] ? Classifier : string.Create(CultureInfo.InvariantCulture, $"dense_{layer.Index + 1}");

    private static void Write(Stream stream, List<KerasLayer> layers, TrainedNetwork network)
    {
        List<(H5Dataset<float[]> Dataset, TensorSpec Tensor)> datasets = [];
        var file = new H5File
        {
            Attributes = { ["layer_names"] = layers.Select(layer => layer.Name).ToArray(), ["backend"] = "tensorflow", ["keras_version"] = Version },
        };
        foreach (var layer in layers)
        {
            var tensors = new H5Group();
            foreach (var tensor in layer.Tensors)
            {
                var dataset = new H5Dataset<float[]>(Kernel.KerasShape(tensor.Shape));
                datasets.Add((dataset, tensor));
                tensors.Add(KerasLayer.LeafOf(tensor), dataset);
            }

            var group = new H5Group { Attributes = { ["weight_names"] = layer.WeightNames } };
            if (tensors.Count > 0)
            {
                group.Add(layer.Name, tensors);
            }

            file.Add(layer.Name, group);
        }

        // The length of each name, with the zero that ends it.
        var longest = 1 + layers.SelectMany(layer => layer.Tensors.Select(layer.NameOf).Append(layer.Name)).Max(name => name.Length);
        using var writer = file.BeginWrite(stream, new H5WriteOptions(DefaultStringLength: longest));
        foreach (var (dataset, tensor) in datasets)
        {
            var torch = new float[tensor.Elements];
            var keras = new float[tensor.Elements];
            network.Read(tensor, torch);
            Kernel.ToKeras(torch, tensor.Shape.AsSpan(), keras);
            writer.Write(dataset, keras);
        }
    }
}
