using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>TorchSharp, layer by layer: the reference, and the fallback where ONNX Runtime is missing.</summary>
/// <remarks>
/// Thread-safe: each call computes on its caller's thread, on the device of the weights. It sets the number of torch's threads for
/// the caller's thread and leaves it so.
/// </remarks>
internal sealed class TorchPrefixEngine : IPrefixEngine
{
    private readonly ImmutableArray<(int End, NetworkSegment Segment)> _segments;
    private readonly FrozenWeights _weights;
    private readonly Device _device;
    private bool _disposed;

    /// <param name="request">Valid.</param>
    /// <param name="weights">Its tensors' memory is shared from now on.</param>
    public TorchPrefixEngine(PrefixRequest request, ILayerWeights weights)
    {
        LibTorch.EnsureLoaded();
        Request = request;
        ImmutableArray<int> stops = [.. request.Ends.Union(request.Means).Order()];
        var starts = stops.Insert(0, request.Start);
        _device = weights[request.Table.Layers.First(layer => layer.HasParameters).Tensors[0].Name].device;
        var form = ComputeForm.Of(request.Precision, _device);
        _segments = [.. stops.Select((end, i) => (end, new NetworkSegment(request.Table, starts[i], end, form)))];
        _weights = new(request, weights, form);
        Id = IdOf(_device, request.Threads, request.Precision);
    }

    /// <summary>The id of engines on a device.</summary>
    /// <remarks>oneDNN splits a convolution by threads: another number of them, other bits.</remarks>
    public static string IdOf(Device device, int threads, RunPrecision precision) =>
        $"torch-{TorchFacts.Identity}-" + (device.type, precision) switch
        {
            (DeviceType.CPU, RunPrecision.Bf16) => $"cpu-{InstructionSet.OfBfloat16}-{LayerConvolution.Form}-t{threads}-bf16",
            (DeviceType.CPU, _) => $"cpu-{InstructionSet.OfOneDnn}-{LayerConvolution.Form}-t{threads}",
            (DeviceType.CUDA, _) => $"cuda-{RunEnums.NameOf(precision)}", // and not as before, when TF32 was what libtorch liked and algorithms were what cuDNN found
            _ => throw new ArgumentOutOfRangeException(nameof(device), device, "Layers are evaluated on the processor or on CUDA."),
        };

    public string Id { get; }

    public PrefixRequest Request { get; }

    public PrefixBlock CreateBlock()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new Block(this);
    }

    public void Dispose()
    {
        _disposed = true;
        _weights.Dispose();
    }

    private sealed class Block : PrefixBlock
    {
        private readonly TorchPrefixEngine _engine;
        private readonly Tensor _host;
        private bool _disposed;

        public Block(TorchPrefixEngine engine)
            : base(engine.Request)
        {
            _engine = engine;
            _host = zeros(engine.Request.InputShape).DetachFromDisposeScope();
        }

        public override void Evaluate()
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ObjectDisposedException.ThrowIf(_engine._disposed, _engine);
            if (torch.get_num_threads() != _engine.Request.Threads)
            {
                torch.set_num_threads(_engine.Request.Threads);
            }

            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            InputArray.CopyTo(MemoryMarshal.Cast<byte, float>(_host.bytes));
            var features = _host.to(_engine._device);
            foreach (var (end, segment) in _engine._segments)
            {
                features = segment.Evaluate(features, _engine._weights);
                Keep(_engine.Request.Ends.IndexOf(end), features);
                if (_engine.Request.Means.IndexOf(end) is var mean and >= 0)
                {
                    Keep(_engine.Request.Ends.Length + mean, ChannelMeans.Of(features));
                }
            }
        }

        private void Keep(int output, Tensor values)
        {
            if (output >= 0)
            {
                HostMemory.Read(values.to(ScalarType.Float32), read => read.CopyTo(OutputArray(output)));
            }
        }

        private protected override void Dispose(bool disposing)
        {
            _disposed = true;
            _host.Dispose();
        }
    }

    /// <summary>The stretch's tensors, by handles of our own: they outlive their owner's.</summary>
    private sealed class FrozenWeights : ILayerWeights, IDisposable
    {
        private readonly Dictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);

        public FrozenWeights(PrefixRequest request, ILayerWeights weights, ComputeForm form)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            foreach (var layer in request.Table.Layers.Where(layer => layer.Index > request.Start && layer.Index <= request.Ends[^1]))
            {
                foreach (var tensor in layer.Tensors)
                {
                    var own = weights[tensor.Name].detach();
                    _tensors.Add(tensor.Name, (layer.Kind == LayerKind.Convolution ? form.Enter(own) : own).DetachFromDisposeScope());
                }
            }
        }

        public Tensor this[string name] => _tensors[name];

        public bool TryGetBatchStatistics(string layer, [NotNullWhen(true)] out Tensor? mean, [NotNullWhen(true)] out Tensor? variance)
        {
            (mean, variance) = (null, null);
            return false;
        }

        public void Dispose()
        {
            foreach (var tensor in _tensors.Values)
            {
                tensor.Dispose();
            }
        }
    }
}
