using DistributedFreeze.Data.Bases;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Onnx;

namespace DistributedFreeze.Training.Export;

/// <summary>An ONNX model of any kind up to its boundary; its constants, external data among them, go into the exported file.</summary>
internal sealed class GraphExport : IExportedBase
{
    private readonly BaseGraph _base;
    private readonly GraphCut _cut;

    /// <param name="spec">The run as it ran.</param>
    /// <param name="path">Where the model is now; null for where it was.</param>
    /// <exception cref="Errors.InvalidInputException">It cannot be read, or is not what the run began with.</exception>
    public GraphExport(RunSpec spec, string? path)
    {
        _base = BaseGraph.OpenOf(spec.Model, path, Weights.WeightsFile.Field);
        _cut = _base.Cut(spec.Model, spec.Data.ImageSize);
        Batch = _base.Image.Batch ?? (_base.TakesSeveral(_cut, spec.Model, spec.Data.ImageSize) ? OnnxGraph.AnyNumber : 1);
        Hash = BaseIdentity.Of(spec.Model);
    }

    /// <inheritdoc/>
    public string Name => "base";

    /// <inheritdoc/>
    public long Batch { get; }

    /// <inheritdoc/>
    public string InputName => GraphCut.InputName;

    private string Hash { get; }

    /// <inheritdoc/>
    public string Sha256() => Hash;

    /// <inheritdoc/>
    public void Read(TensorSpec tensor, Span<float> values) => throw new ArgumentException($"A graph has no tensor {tensor.Name} of its own.", nameof(tensor));

    /// <inheritdoc/>
    public string AddTo(OnnxGraph graph, TensorReader read, IGraphTensors? tensors = null)
    {
        if (tensors is not null)
        {
            throw new ArgumentException("A graph computes as it was made.", nameof(tensors));
        }

        graph.Add(_cut);
        return GraphCut.OutputName;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The model is in memory.
    }
}
