using DistributedFreeze.Data.Bases;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Weights;

namespace DistributedFreeze.Training.Export;

/// <summary>A whole network: the base that a run began with, and over it what the run trained.</summary>
/// <remarks>
/// Tensors are read from the files when they are asked for. It needs no libtorch. Thread-safe but for disposing; the run stays its owner's.
/// </remarks>
public sealed class TrainedNetwork : IDisposable
{
    private readonly TrainedRun _run;
    private readonly HashSet<string> _trained;

    private TrainedNetwork(TrainedRun run, IExportedBase exported)
    {
        _run = run;
        Base = exported;
        _trained = [.. run.Tensors.Tensors.Select(tensor => tensor.Name)];
        Table = LayerTable.For(Spec.Model);
        Head = HeadLayers.Create(Spec.Model.Head, run.Receipt.Classes.Length, Table.PooledFeatures);
    }

    /// <summary>What the run did.</summary>
    public Receipt Receipt => _run.Receipt;

    /// <summary>The spec as it ran.</summary>
    public RunSpec Spec => Receipt.Spec;

    /// <summary>How pixels become input.</summary>
    public Preprocessing Preprocessing => ParentSettings.PreprocessingOf(Receipt);

    /// <summary>The layers of the base.</summary>
    public LayerTable Table { get; }

    /// <summary>How many images an exported ONNX model takes at a time; null for any number.</summary>
    public long? ImagesAtATime => Base.Batch is > 0 and var batch ? batch : null;

    /// <summary>The base, without what the run trained.</summary>
    internal IExportedBase Base { get; }

    /// <summary>The layers on top.</summary>
    public HeadLayers Head { get; }

    /// <summary>Puts a run's tensors onto its base.</summary>
    /// <param name="run">The run; stays open as long as this.</param>
    /// <param name="weights">
    /// The file of the base's weights, or of the ONNX model that it is, wherever it is now; null takes the path that the run had. A run that drew random weights needs none.
    /// </param>
    /// <exception cref="InvalidInputException">The base cannot be read, is not the one that the run began with, or the run's tensors don't fit.</exception>
    public static TrainedNetwork Open(TrainedRun run, string? weights = null)
    {
        var path = weights ?? RunBases.FileOf(run.Receipt.Spec.Model);
        var network = new TrainedNetwork(run, IExportedBase.Open(run.Receipt.Spec, path));
        try
        {
            TrainedTensors.Require(run.Tensors, network.Table, network.Head);
            network.CheckBase(path);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Reads a tensor of the base or the head, as it came out of the run.</summary>
    /// <param name="tensor">Which one.</param>
    /// <param name="values">To be filled, row-major.</param>
    /// <exception cref="InvalidInputException">The file is damaged.</exception>
    public void Read(TensorSpec tensor, Span<float> values)
    {
        if (_trained.Contains(tensor.Name))
        {
            _run.Tensors.Read(tensor.Name, values);
        }
        else
        {
            Base.Read(tensor, values);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Base.Dispose();

    private void CheckBase(string? path)
    {
        if (Base.Sha256() is var found && found != Receipt.BaseSha256)
        {
            throw new InvalidInputException(
                WeightsFile.Field,
                $"{path ?? "random weights"} is not what the run began with: its tensors have SHA-256 {found}, and {Receipt.BaseSha256} would be right");
        }
    }
}
