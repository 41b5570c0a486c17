using System.Diagnostics;
using System.Runtime.InteropServices;
using DistributedFreeze.Training.Data;
using DistributedFreeze.Training.Models;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Replicas;

/// <summary>The features of a sequence of images, one after another: decoded ahead, evaluated through the frozen prefix.</summary>
/// <remarks>
/// The prefix always sees blocks of one shape, the last one padded, since kernels may choose another order of addition for another
/// shape; within one shape an image's bits don't depend on its neighbours (checked by a test). Belongs to one device thread.
/// </remarks>
internal sealed class FeatureStream : IDisposable
{
    /// <summary>Images that the prefix evaluates at a time: enough for the kernels, little enough for the cache and for padding.</summary>
    public const int BlockSize = 8;

    private const int DecodeThreads = 1;

    private readonly RunWorkspace _workspace;
    private readonly NetworkSegment _prefix;
    private readonly ILayerWeights _weights;
    private readonly Device _device;
    private readonly DecodeAhead _decoder;
    private readonly Tensor _pixels;
    private int _remaining;
    private Tensor? _block;
    private int _blockUsed;
    private int _blockFilled;

    /// <param name="workspace">Gives pixels and preprocessing.</param>
    /// <param name="images">The images, in the order in which they will be taken.</param>
    /// <param name="prefix">From the input to the boundary.</param>
    /// <param name="weights">Holds the prefix's tensors.</param>
    /// <param name="device">Where to evaluate.</param>
    public FeatureStream(
        RunWorkspace workspace, IReadOnlyList<LabelledImage> images, NetworkSegment prefix, ILayerWeights weights, Device device)
    {
        _workspace = workspace;
        _prefix = prefix;
        _weights = weights;
        _device = device;
        _remaining = images.Count;
        _pixels = zeros(BlockSize, 3, workspace.Pixels.Size, workspace.Pixels.Size).DetachFromDisposeScope();
        _decoder = new(workspace.Pixels, images.Select(workspace.Data.FullPath), DecodeThreads, capacity: 2 * BlockSize);
    }

    /// <summary>Seconds spent waiting for decoded images.</summary>
    public double ReadSeconds { get; private set; }

    /// <summary>Seconds spent evaluating the prefix.</summary>
    public double PrefixSeconds { get; private set; }

    /// <summary>Takes the next images' features.</summary>
    /// <param name="count">1 up to the images that are left.</param>
    /// <returns>(<paramref name="count"/>, ...) at the boundary, without gradient, memory of its own.</returns>
    /// <exception cref="Errors.InvalidInputException">An image cannot be decoded.</exception>
    public Tensor Take(int count)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var pieces = new List<Tensor>();
        for (var missing = count; missing > 0;)
        {
            if (_block is null || _blockUsed == _blockFilled)
            {
                NextBlock();
            }

            var piece = Math.Min(missing, _blockFilled - _blockUsed);
            pieces.Add(_block!.narrow(0, _blockUsed, piece));
            _blockUsed += piece;
            missing -= piece;
        }

        return cat(pieces).MoveToOuterDisposeScope();
    }

    /// <summary>Takes the next images' features as a whole block, zeros after the last image.</summary>
    /// <param name="count">1 to <see cref="BlockSize"/>, up to the images that are left.</param>
    /// <returns>(<see cref="BlockSize"/>, ...) at the boundary.</returns>
    /// <exception cref="Errors.InvalidInputException">An image cannot be decoded.</exception>
    public Tensor TakePadded(int count)
    {
        using var scope = NewDisposeScope();
        var features = Take(count);
        if (count < BlockSize)
        {
            long[] padding = [BlockSize - count, .. features.shape[1..]];
            features = cat([features, zeros(padding, device: _device)]);
        }

        return features.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _decoder.Dispose();
        _block?.Dispose();
        _pixels.Dispose();
    }

    private void NextBlock()
    {
        var started = Stopwatch.GetTimestamp();
        _block?.Dispose();
        _blockUsed = 0;
        _blockFilled = Math.Min(BlockSize, _remaining);
        _remaining -= _blockFilled;

        var size = _workspace.Pixels.Size;
        var chw = MemoryMarshal.Cast<byte, float>(_pixels.bytes);
        for (var i = 0; i < _blockFilled; i++)
        {
            Normalizer.ToTensorLayout(_decoder.Take(), size, _workspace.Preprocessing, chw.Slice(i * 3 * size * size, 3 * size * size));
        }

        // What is left of an earlier block would do as padding, too; zeros make a padded block the same wherever it comes.
        chw[(_blockFilled * 3 * size * size)..].Clear();
        ReadSeconds += Stopwatch.GetElapsedTime(started).TotalSeconds;

        started = Stopwatch.GetTimestamp();
        using var input = _pixels.to(_device, copy: true);
        var features = _prefix.Evaluate(input, _weights);
        _block = (ReferenceEquals(features, input) ? input.clone() : features).DetachFromDisposeScope();
        PrefixSeconds += Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
