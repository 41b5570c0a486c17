using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Training.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DistributedFreeze.Training.Models;

/// <summary>A stretch of the base between two single tensors, evaluated layer by layer from the table.</summary>
/// <remarks>
/// Both graphs, the frozen prefix and the training tail are this one loop; what differs between them is in the table and in
/// the weights. Immutable and thread-safe; tensors of a call belong to its thread.
/// </remarks>
internal sealed class NetworkSegment
{
    private readonly LayerTable _table;
    private readonly int _start;
    private readonly ImmutableArray<Layer> _layers;
    private readonly bool _pooled;
    private readonly ComputeForm _form;

    /// <summary>For each layer of the segment, the earlier tensors that no later layer reads.</summary>
    private readonly ImmutableArray<ImmutableArray<int>> _lastRead;

    /// <param name="table">The layer table.</param>
    /// <param name="start">Index of the layer whose output is the input of the segment.</param>
    /// <param name="end">Index of the layer whose output is the result; the table's length for the pooled features.</param>
    /// <param name="form">The numbers in which it is computed; null for fp32.</param>
    /// <exception cref="ArgumentOutOfRangeException">The end comes before the start, or an index is outside the table.</exception>
    public NetworkSegment(LayerTable table, int start, int end, ComputeForm? form = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfLessThan(end, start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end, table.Layers.Length);

        _table = table;
        _start = start;
        _form = form ?? ComputeForm.Plain;
        _pooled = end == table.Layers.Length && start < end;
        _layers = [.. table.Layers.Where(layer => layer.Index > start && layer.Index <= end)];
        _lastRead = LastReads(_layers);
    }

    /// <summary>Evaluates the segment.</summary>
    /// <param name="input">(N, C, H, W) at the start; not changed and not disposed.</param>
    /// <param name="weights">Every tensor of the segment's layers.</param>
    /// <returns>(N, C, H, W) at the end in the segment's numbers, or (N, C) of pooled features in fp32; the input itself where the segment is empty.</returns>
    public Tensor Evaluate(Tensor input, ILayerWeights weights)
    {
        input = _layers.IsEmpty ? input : _form.Enter(input);
        var outputs = new Dictionary<int, Tensor> { [_start] = input };
        var pooled = new List<Tensor>();
        var last = _start;
        Pool(_start, input, pooled);
        for (var i = 0; i < _layers.Length; i++)
        {
            var layer = _layers[i];
            outputs[layer.Index] = Evaluate(layer, outputs, weights);
            last = layer.Index;
            Pool(last, outputs[last], pooled);
            foreach (var read in _lastRead[i])
            {
                Release(outputs, read, kept: outputs[last]);
            }
        }

        if (!_pooled)
        {
            return outputs[last];
        }

        Release(outputs, last, kept: pooled[^1]);
        return pooled is [var only] ? only : cat(pooled, 1);
    }

    private Tensor Evaluate(Layer layer, Dictionary<int, Tensor> outputs, ILayerWeights weights)
    {
        var input = outputs[layer.Parents[0]];
        switch (layer.Kind)
        {
            case LayerKind.ZeroPadding:
                var pixels = layer.ZeroPadding;
                return functional.pad(input, (pixels, pixels, pixels, pixels));
            case LayerKind.Convolution:
                return LayerConvolution.Evaluate(
                    layer.Convolution!,
                    input,
                    _form.Weight(weights[$"{layer.Name}.weight"]),
                    _form.Bias(layer.Convolution!.Bias ? weights[$"{layer.Name}.bias"] : null));
            case LayerKind.BatchNormalization:
                return Normalize(layer, input, weights);
            case LayerKind.Relu:
                // In place wherever the input is this segment's own: nothing else reads it, and neither batch norm nor add saves its output.
                return layer.Parents[0] == _start ? input.relu() : input.relu_();
            case LayerKind.Add:
                return input.Plus(outputs[layer.Parents[1]]);
            case LayerKind.MaxPooling:
                return functional.max_pool2d(input, layer.Pooling!.Kernel, layer.Pooling.Stride);
            default:
                throw new InvalidOperationException($"Layer {layer.Name} of kind {layer.Kind} cannot be evaluated.");
        }
    }

    private Tensor Normalize(Layer layer, Tensor input, ILayerWeights weights)
    {
        // A batch norm that trains writes its batch's statistics where the step collects them (momentum 1 replaces what is there):
        // the running ones are merged over all shards later. A frozen one is a constant, whatever its neighbours do.
        var trains = weights.TryGetBatchStatistics(layer.Name, out var mean, out var variance);
        return functional.batch_norm(
            input,
            trains ? mean : weights[$"{layer.Name}.running_mean"],
            trains ? variance : weights[$"{layer.Name}.running_var"],
            weights[$"{layer.Name}.weight"],
            weights[$"{layer.Name}.bias"],
            training: trains,
            momentum: 1.0,
            eps: _table.BatchNormEpsilon);
    }

    /// <summary>Averages what the head reads as soon as it is there.</summary>
    private void Pool(int index, Tensor output, List<Tensor> pooled)
    {
        if (_pooled && _table.HeadInputs.Any(layer => layer.Index == index))
        {
            pooled.Add(ChannelMeans.Of(output));
        }
    }

    /// <summary>Gives a tensor back early: a prefix would otherwise hold all of its activations until the scope ends.</summary>
    private void Release(Dictionary<int, Tensor> outputs, int index, Tensor kept)
    {
        if (index != _start && !ReferenceEquals(outputs[index], kept))
        {
            outputs[index].Dispose();
        }

        outputs.Remove(index);
    }

    private static ImmutableArray<ImmutableArray<int>> LastReads(ImmutableArray<Layer> layers)
    {
        var reader = new Dictionary<int, int>();
        for (var i = 0; i < layers.Length; i++)
        {
            foreach (var parent in layers[i].Parents)
            {
                reader[parent] = i;
            }
        }

        var reads = reader.ToLookup(pair => pair.Value, pair => pair.Key);
        return [.. Enumerable.Range(0, layers.Length).Select(i => reads[i].Order().ToImmutableArray())];
    }
}
