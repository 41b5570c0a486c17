using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Onnx;

namespace DistributedFreeze.Training.Export;

/// <summary>A run's base as it goes into an exported model: a table of layers and a file of weights, or a model that is a graph of its own.</summary>
/// <remarks>Thread-safe but for disposing.</remarks>
internal interface IExportedBase : IDisposable
{
    /// <summary>What it is, to be compared with <see cref="Receipt.BaseSha256"/>.</summary>
    /// <exception cref="InvalidInputException">The file is damaged.</exception>
    string Sha256();

    /// <summary>Reads a tensor of it as the run found it.</summary>
    /// <param name="tensor">Which one.</param>
    /// <param name="values">To be filled, row-major.</param>
    /// <exception cref="InvalidInputException">The file is damaged.</exception>
    void Read(TensorSpec tensor, Span<float> values);

    /// <summary>What the exported graph is called.</summary>
    string Name { get; }

    /// <summary>Images at a time that an exported model takes; <see cref="OnnxGraph.AnyNumber"/> for any.</summary>
    long Batch { get; }

    /// <summary>Name that the network's input has, (N, 3, height, width) floats.</summary>
    string InputName { get; }

    /// <summary>Adds everything from the network's input to the pooled features.</summary>
    /// <param name="graph">Receives the nodes.</param>
    /// <param name="read">Reads tensors as they came out of the run.</param>
    /// <param name="tensors">In what form its nodes read tensors; null for floats, as is everything but a table of layers.</param>
    /// <returns>Name of the features, (N, features) floats.</returns>
    /// <exception cref="InvalidInputException">The file is damaged.</exception>
    string AddTo(OnnxGraph graph, TensorReader read, IGraphTensors? tensors = null);

    /// <summary>Opens a run's base.</summary>
    /// <param name="spec">The run as it ran.</param>
    /// <param name="path">The file; null where the run drew random weights.</param>
    /// <exception cref="InvalidInputException">The file cannot be read, or is another base.</exception>
    static IExportedBase Open(RunSpec spec, string? path) => spec.Model.Base is null ? TableExport.Open(spec, path) : new GraphExport(spec, path);
}
