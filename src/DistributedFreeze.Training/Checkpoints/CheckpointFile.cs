using System.Collections.Immutable;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Training.Models;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Checkpoints;

/// <summary>The trainable state of a run in a safetensors file: every tensor that ever trained, the optimizer's vectors, and the best epoch's copy.</summary>
/// <remarks>No frozen byte: kilobytes for a head. What stands beside the tensors is the <see cref="CheckpointHeader"/>'s.</remarks>
internal sealed class CheckpointFile : IDisposable
{
    private const string OptimizerPrefix = "optimizer.";
    private const string BestPrefix = "best.";
    private readonly string _path;
    private readonly string _sha256; // of what was read
    private readonly ImmutableSortedDictionary<string, Tensor> _tensors; // in the processor's memory, read once: what is taken over is what was checked

    private CheckpointFile(SafetensorsFile file)
    {
        Stamp = CheckpointHeader.Read(file);
        _path = file.Path;
        using var scope = NewDisposeScope(); // lets go of those that were read before one that cannot be
        (_tensors, _sha256) = TensorFile.ReadAll(file);
        scope.Detach(_tensors.Values);
    }

    /// <summary>What the checkpoint belongs to.</summary>
    public CheckpointStamp Stamp { get; }

    /// <summary>Writes a checkpoint; the file is replaced whole or not at all.</summary>
    public static void Write(
        string path,
        CheckpointStamp stamp,
        IReadOnlyDictionary<string, Tensor> tensors,
        ImmutableArray<(string Name, Tensor Values)> optimizer,
        ImmutableArray<(string Name, Tensor Values)> best,
        Action? beforeItAppears = null)
    {
        var all = All(tensors, optimizer).AddRange(Prefixed(BestPrefix, best));
        TensorFile.Write(path, all, sha256 => CheckpointHeader.Of(stamp, sha256), beforeItAppears);
    }

    /// <summary>SHA-256 over all that a checkpoint of this state would hold, but for what was the state once.</summary>
    public static string HashOf(IReadOnlyDictionary<string, Tensor> tensors, ImmutableArray<(string Name, Tensor Values)> optimizer) =>
        StateHash.Of(All(tensors, optimizer));

    /// <summary>Opens a checkpoint and checks it whole.</summary>
    /// <exception cref="InvalidInputException">The file is missing, damaged or no checkpoint.</exception>
    public static CheckpointFile Open(string path)
    {
        using var file = SafetensorsFile.Open(path);
        var checkpoint = new CheckpointFile(file);
        try
        {
            CheckpointHeader.RequireContent(file, checkpoint._sha256);
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a checkpoint of something else.</summary>
    /// <exception cref="InvalidInputException">Something differs.</exception>
    public void CheckStamp(CheckpointStamp expected) => Stamp.Check(expected, _path);

    /// <summary>Takes the checkpoint's values over.</summary>
    /// <param name="network">In the phase that the checkpoint was written in.</param>
    /// <param name="optimizer">The phase's optimizer state.</param>
    /// <param name="device">Where the tensors go.</param>
    public void Restore(NetworkState network, ImmutableArray<(string Name, Tensor Values)> optimizer, Device device)
    {
        foreach (var (name, value) in _tensors.Where(tensor =>
            !tensor.Key.StartsWith(OptimizerPrefix, StringComparison.Ordinal) && !tensor.Key.StartsWith(BestPrefix, StringComparison.Ordinal)))
        {
            if (network.Trainable?.Find(name) is { } view)
            {
                view.copy_(value);
            }
            else
            {
                network.Set(name, value.to(device, copy: true));
            }
        }

        Restore(OptimizerPrefix, "the optimizer's", optimizer);
    }

    /// <summary>Takes the checkpoint's copy of the best epoch's weights over.</summary>
    /// <param name="best">Where the vectors go.</param>
    /// <exception cref="InvalidInputException">The checkpoint has none.</exception>
    public void RestoreBest(ImmutableArray<(string Name, Tensor Values)> best) => Restore(BestPrefix, "the best epoch's", best);

    private void Restore(string prefix, string whose, ImmutableArray<(string Name, Tensor Values)> vectors)
    {
        foreach (var (name, values) in vectors)
        {
            values.copy_(_tensors.GetValueOrDefault(prefix + name) ?? throw new InvalidInputException(_path, $"lacks {whose} {name}"));
        }
    }

    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
        {
            tensor.Dispose();
        }
    }

    private static ImmutableSortedDictionary<string, Tensor> All(
        IReadOnlyDictionary<string, Tensor> tensors, ImmutableArray<(string Name, Tensor Values)> optimizer) =>
        tensors.Concat(Prefixed(OptimizerPrefix, optimizer)).ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static IEnumerable<KeyValuePair<string, Tensor>> Prefixed(string prefix, ImmutableArray<(string Name, Tensor Values)> vectors) =>
        vectors.Select(vector => KeyValuePair.Create(prefix + vector.Name, vector.Values));
}
