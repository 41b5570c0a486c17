using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using static TorchSharp.torch;

namespace DistributedFreeze.Benchmarks.Freeze;

/// <summary>Keras's ResNet50 as TorchSharp modules, the frozen part under no_grad, all batch norms evaluating as ours do by default.</summary>
internal sealed class PlainResNet50 : IDisposable
{
    private readonly LayerTable _table;
    private readonly FreezeMask _mask;
    private readonly int _boundary;
    private readonly Dictionary<int, nn.Module<Tensor, Tensor>> _modules = [];

    public PlainResNet50(LayerTable table, FreezeMask mask, int boundary)
    {
        _table = table;
        _mask = mask;
        _boundary = boundary;
        foreach (var layer in table.Layers.Where(layer => layer.HasParameters))
        {
            var module = Create(layer);
            foreach (var parameter in module.parameters())
            {
                parameter.requires_grad = mask.Trainable[layer.Index];
            }

            _modules.Add(layer.Index, module);
        }
    }

    public IEnumerable<TorchSharp.Modules.Parameter> Trainable =>
        _modules.Where(pair => _mask.Trainable[pair.Key]).SelectMany(pair => pair.Value.parameters());

    public Tensor Evaluate(Tensor pixels)
    {
        var outputs = new Dictionary<int, Tensor> { [0] = pixels };
        using (no_grad())
        {
            Evaluate(outputs, 1, _boundary);
        }

        Evaluate(outputs, _boundary + 1, _table.Layers.Length - 1);
        return outputs[_table.Layers.Length - 1].mean([2, 3]);
    }

    public void Dispose()
    {
        foreach (var module in _modules.Values)
        {
            module.Dispose();
        }
    }

    private void Evaluate(Dictionary<int, Tensor> outputs, int first, int last)
    {
        foreach (var layer in _table.Layers.Where(layer => layer.Index >= first && layer.Index <= last))
        {
            var input = outputs[layer.Parents[0]];
            outputs[layer.Index] = layer.Kind switch
            {
                LayerKind.ZeroPadding => nn.functional.pad(input, (layer.ZeroPadding, layer.ZeroPadding, layer.ZeroPadding, layer.ZeroPadding)),
                LayerKind.Relu => input.relu_(),
                LayerKind.Add => input.add(outputs[layer.Parents[1]]),
                LayerKind.MaxPooling => nn.functional.max_pool2d(input, layer.Pooling!.Kernel, layer.Pooling.Stride),
                LayerKind.Convolution when IsStridedPointwise(layer) => _modules[layer.Index].call(EverySecond(input)),
                _ => _modules[layer.Index].call(input),
            };
        }
    }

    private nn.Module<Tensor, Tensor> Create(Layer layer)
    {
        if (layer.Convolution is { } shape)
        {
            var stride = IsStridedPointwise(layer) ? 1 : shape.Stride;
            return nn.Conv2d(shape.InChannels, shape.OutChannels, shape.Kernel, stride, shape.Padding, bias: shape.Bias);
        }

        var norm = nn.BatchNorm2d(layer.Channels, _table.BatchNormEpsilon, _table.BatchNormMomentum);
        norm.eval();
        return norm;
    }

    // Not as a person would write it, but oneDNN's backward kernels of strided 1x1 convolutions are slower, and die on some hosts.
    private static bool IsStridedPointwise(Layer layer) => layer.Convolution is { Kernel: 1, Stride: 2 };

    private static Tensor EverySecond(Tensor input) => input[TensorIndex.Ellipsis, TensorIndex.Slice(step: 2), TensorIndex.Slice(step: 2)].contiguous();
}
