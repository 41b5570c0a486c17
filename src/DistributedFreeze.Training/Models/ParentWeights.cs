using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Weights;

namespace DistributedFreeze.Training.Models;

/// <summary>What a finished run trained, as another one starts from it: layers of the base, and the head.</summary>
/// <remarks>Holds the model's file open. Thread-safe for reading.</remarks>
internal sealed class ParentWeights : IDisposable
{
    private readonly ParentFolder _parent;
    private readonly SafetensorsFile _file;
    private readonly ImmutableSortedDictionary<string, float[]> _head;

    private ParentWeights(ParentFolder parent, SafetensorsFile file, HeadLayers head)
    {
        (_parent, _file) = (parent, file);
        _head = head.Tensors.ToImmutableSortedDictionary(tensor => tensor.Name, tensor => file.Read(tensor.Name), StringComparer.Ordinal);
        BaseTensors = [.. file.Tensors.Select(info => info.Name).Where(name => !_head.ContainsKey(name))];
    }

    /// <summary>The run, by its content.</summary>
    public ParentRun Run => _parent.Run;

    /// <summary>SHA-256 of the base that the run began with.</summary>
    public string BaseSha256 => _parent.Receipt.BaseSha256;

    /// <summary>Names of the base's tensors that the run, or one before it, trained, in ordinal order.</summary>
    public ImmutableArray<string> BaseTensors { get; }

    /// <summary>Opens the run that a run starts from.</summary>
    /// <param name="spec">The run, with what it takes over from its parent.</param>
    /// <returns>Null where it starts from its base.</returns>
    /// <exception cref="InvalidInputException">The folder holds no finished run, or one that the run does not go together with.</exception>
    public static ParentWeights? Open(RunSpec spec)
    {
        if (spec.From is not { } given)
        {
            return null;
        }

        var parent = ParentFolder.Read(given);
        if (ParentSettings.Adopt(spec, parent.Receipt) is var adopted && RunSpecKey.Of(adopted) != RunSpecKey.Of(spec))
        {
            throw new InvalidInputException("from", $"leads to another run than when this one was submitted: {parent.Folder} holds run {parent.Receipt.RunId}, whose network or way to pixels is another");
        }

        var file = SafetensorsFile.Open(new OutputFolder(parent.Folder).Model);
        try
        {
            var had = parent.Receipt.Spec.Model;
            var table = LayerTable.For(had);
            var head = HeadLayers.Create(had.Head, parent.Receipt.Classes.Length, table.PooledFeatures);
            TrainedTensors.Require(file, table, head);
            return new(parent, file, head);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The head's first weights for a run of these classes.</summary>
    /// <param name="classes">Names of the run's classes.</param>
    /// <exception cref="InvalidInputException">A class that the parent has is missing.</exception>
    public InheritedHead HeadFor(ImmutableArray<string> classes)
    {
        ParentSettings.RequireClasses(_parent.Receipt, classes);
        return new(_head, _parent.Receipt.Classes, classes);
    }

    /// <summary>Reads one of <see cref="BaseTensors"/>.</summary>
    /// <param name="tensor">Which one.</param>
    /// <param name="values">To be filled, row-major.</param>
    /// <exception cref="InvalidInputException">The file is damaged.</exception>
    public void Read(TensorSpec tensor, Span<float> values) => _file.Read(tensor.Name, values);

    /// <summary>Refuses a base that the run did not begin with, and tensors that are not the ones of its receipt.</summary>
    /// <param name="baseSha256">SHA-256 of the base.</param>
    /// <param name="weights">Where the base came from; null for random weights.</param>
    /// <param name="read">The base's tensors as they were read here.</param>
    /// <exception cref="InvalidInputException">Something is another.</exception>
    public void Require(string baseSha256, string? weights, Func<string, TorchSharp.torch.Tensor> read)
    {
        if (baseSha256 != BaseSha256)
        {
            throw new InvalidInputException(
                "model.weights",
                $"{weights ?? "random weights"} must be what run {Run.RunId} began with, from which this one starts: its tensors have SHA-256 {baseSha256}, and {BaseSha256} would be right");
        }

        using var hash = new TensorHash();
        foreach (var info in _file.Tensors)
        {
            var shape = ImmutableCollectionsMarshal.AsArray(info.Shape);
            if (_head.TryGetValue(info.Name, out var values))
            {
                hash.Add(info.Name, shape, values);
            }
            else
            {
                HostMemory.Read(read(info.Name), elements => hash.Add(info.Name, shape, elements));
            }
        }

        if (hash.Finish() is var found && found != Run.ModelSha256)
        {
            throw new InvalidInputException(
                "from", $"{_file.Path} is damaged or another run's: its tensors have SHA-256 {found}, and those of the receipt beside it {Run.ModelSha256}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
