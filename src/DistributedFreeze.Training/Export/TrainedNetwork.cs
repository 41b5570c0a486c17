using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Weights;

namespace DistributedFreeze.Training.Export;

/// <summary>A whole network: the base that a run began with, and over it what the run trained.</summary>
/// <remarks>
/// Tensors are read from the files when they are asked for. It needs no libtorch. Thread-safe but for disposing; the run stays its owner's.
/// </remarks>
public sealed class TrainedNetwork : IDisposable
{
    private readonly TrainedRun _run;
    private readonly ITensorFile? _base;
    private readonly HashSet<string> _trained;

    private TrainedNetwork(TrainedRun run, ITensorFile? baseWeights)
    {
        _run = run;
        _base = baseWeights;
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

    /// <summary>The layers on top.</summary>
    public HeadLayers Head { get; }

    /// <summary>Puts a run's tensors onto its base.</summary>
    /// <param name="run">The run; stays open as long as this.</param>
    /// <param name="weights">
    /// The file of the base's weights, wherever it is now; null takes the path that the run had. A run that drew random weights needs none.
    /// </param>
    /// <exception cref="InvalidInputException">The base cannot be read, is not the one that the run began with, or the run's tensors don't fit.</exception>
    public static TrainedNetwork Open(TrainedRun run, string? weights = null)
    {
        var path = weights ?? run.Receipt.Spec.Model.Weights;
        var file = path is null ? null : WeightsFile.Open(path);
        var network = new TrainedNetwork(run, file);
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
            ReadBase(tensor, values);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _base?.Dispose();

    private void ReadBase(TensorSpec tensor, Span<float> values)
    {
        if (_base is null)
        {
            RandomWeights.Draw(Spec.Seed, tensor, values);
        }
        else
        {
            _base.Read(tensor.Name, values);
        }
    }

    private void CheckBase(string? path)
    {
        var tensors = Table.Layers.SelectMany(layer => layer.Tensors);
        if (_base is not null)
        {
            WeightsCheck.Compare(tensors, _base);
        }

        if (BaseHash.Of(Table, ReadBase) is var found && found != Receipt.BaseSha256)
        {
            throw new InvalidInputException(
                WeightsFile.Field,
                $"{path ?? "random weights"} is not what the run began with: its tensors have SHA-256 {found}, and {Receipt.BaseSha256} would be right");
        }
    }
}
