using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Onnx;
using DistributedFreeze.Training.Weights;

namespace DistributedFreeze.Training.Export;

/// <summary>A network of the ResNet family.</summary>
/// <param name="spec">The run as it ran.</param>
/// <param name="table">The base's layers.</param>
/// <param name="file">Their weights; null for random ones.</param>
internal sealed class TableExport(RunSpec spec, LayerTable table, ITensorFile? file) : IExportedBase
{
    /// <inheritdoc/>
    public string Name => table.Architecture.TorchvisionName;

    /// <inheritdoc/>
    public long Batch => OnnxGraph.AnyNumber;

    /// <inheritdoc/>
    public string InputName => OnnxSegment.NameOf(table, 0);

    /// <summary>Opens the file of weights.</summary>
    /// <param name="spec">The run as it ran.</param>
    /// <param name="path">The file; null for random weights.</param>
    /// <exception cref="Errors.InvalidInputException">It cannot be read, or does not fit.</exception>
    public static TableExport Open(RunSpec spec, string? path)
    {
        var (table, file) = (LayerTable.For(spec.Model), path is null ? null : WeightsFile.Open(path));
        try
        {
            if (file is not null)
            {
                WeightsCheck.Compare(table, file);
            }

            return new(spec, table, file);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Sha256() => BaseHash.Of(table, Read);

    /// <inheritdoc/>
    public void Read(TensorSpec tensor, Span<float> values)
    {
        if (file is null)
        {
            RandomWeights.Draw(spec.Seed, tensor, values);
        }
        else
        {
            file.Read(tensor.Name, values);
        }
    }

    /// <inheritdoc/>
    public string AddTo(OnnxGraph graph, TensorReader read, IGraphTensors? tensors = null) =>
        new OnnxSegment(graph, table, start: 0, tensors is null ? BatchNormForm.Separate : BatchNormForm.Folded, read, tensors).Add(table.Layers.Length);

    /// <inheritdoc/>
    public void Dispose() => file?.Dispose();
}
