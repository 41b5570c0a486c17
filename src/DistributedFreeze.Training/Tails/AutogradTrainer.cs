using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.InteropServices;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Exchange;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Features.Engines;
using DistributedFreeze.Training.Heads;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Steps;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Tails;

/// <summary>Layers of the base and the head on TorchSharp, with its automatic differentiation.</summary>
internal sealed class AutogradTrainer : ITail
{
    private readonly RunDefinition _run;
    private readonly ImmutableArray<long> _shape;
    private readonly int _elements;
    private readonly NetworkState _network;
    private readonly NetworkSegment _segment;
    private readonly Device _device;
    private readonly FeatureAugmentation? _augmentation;
    private readonly DropoutMasks? _dropout;
    private readonly IMixup? _mixup;
    private readonly Tensor? _weights;

    /// <summary>Features of a shard in host memory, by number of images: a full shard and the short ones of an epoch's end.</summary>
    private readonly Dictionary<int, Tensor> _inputs = [];

    /// <param name="run">The run.</param>
    /// <param name="shape">Shape of one image's features: (C, H, W), or (C).</param>
    /// <param name="network">Holds what trains.</param>
    /// <param name="segment">From the features to what the head reads.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="blockSize">Images that are scored at a time.</param>
    public AutogradTrainer(RunDefinition run, ImmutableArray<long> shape, NetworkState network, NetworkSegment segment, Device device, int blockSize = PrefixEngines.BlockSize)
    {
        BlockSize = blockSize;
        _run = run;
        _shape = shape;
        _elements = checked((int)shape.Aggregate(1L, (product, size) => product * size));
        _network = network;
        _segment = segment;
        _device = device;
        _augmentation = FeatureAugmentation.For(run.Spec, checked((int)shape[0]));
        _dropout = DropoutMasks.For(run.Spec, run.Schedule.ShardBatchSize);
        _mixup = ShardMixup.For(run, run.Schedule.ShardBatchSize);
        _weights = run.ClassFactors is { } weights ? tensor(weights, device: device).DetachFromDisposeScope() : null;
    }

    public IShardContribution Contribution => State;

    public int BlockSize { get; }

    private TrainableState State => _network.Trainable!;

    public void BeginStep()
    {
        // A shard's gradient is added before the next one is computed.
    }

    public long Train(IFeatureSource features, int epoch, ReadOnlySpan<int> images)
    {
        using var scope = NewDisposeScope();
        var (input, expected) = Batch(features, epoch, images);
        (Tensor Labels, Tensor Shares)? mixed = _mixup is null ? null : Mixed(epoch, images, ref input);
        var factors = _dropout?.Draw(epoch, images);
        var count = images.Length;
        State.BeginShard();
        _network.IsTraining = true;
        try
        {
            var logits = TorchHead.Evaluate(
                _segment.Evaluate(input, _network), _run.Spec.Model.Head, _network, factors is null ? null : layer => Factors(factors[layer], count));
            var loss = mixed is not { Labels: var others, Shares: var shares }
                ? Loss(logits, expected, nn.Reduction.Sum)
                : (Loss(logits, expected, nn.Reduction.None) * shares + Loss(logits, others, nn.Reduction.None) * (1 - shares)).sum();
            var forwarded = Stopwatch.GetTimestamp();
            loss.backward();

            using var noGradient = no_grad();
            State.EndShard(count, loss.detach(), logits.argmax(1).eq(mixed is null ? expected : where(mixed.Value.Shares.ge(0.5), expected, mixed.Value.Labels)).sum());
            return forwarded;
        }
        finally
        {
            _network.IsTraining = false;
        }
    }

    public void Score(IFeatureSource features, ReadOnlySpan<LabelledImage> images, Span<int> answers, Span<double> losses)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var logits = TorchHead.Evaluate(_segment.Evaluate(Block(features, images.Length), _network), _run.Spec.Model.Head, _network, dropout: null);
        var logarithms = nn.functional.log_softmax(logits, 1).cpu().data<float>().ToArray();
        var largest = logits.argmax(1).cpu().data<long>().ToArray();
        var classes = (int)logits.shape[1];
        for (var i = 0; i < images.Length; i++)
        {
            losses[i] = -logarithms[i * classes + images[i].Class];
            answers[i] = (int)largest[i];
        }
    }

    public void Dispose()
    {
        _weights?.Dispose();
        foreach (var input in _inputs.Values)
        {
            input.Dispose();
        }
    }

    /// <summary>Takes features into a tensor that is reused: the last step's graph, which read it, is gone.</summary>
    /// <param name="features">Where they come from.</param>
    /// <param name="count">How many images there are.</param>
    /// <param name="rows">How many the tensor has; those that are over are zero.</param>
    private Tensor Host(IFeatureSource features, int count, int rows)
    {
        if (!_inputs.TryGetValue(rows, out var host))
        {
            host = zeros([rows, .. _shape]).DetachFromDisposeScope();
            _inputs.Add(rows, host);
        }

        var values = MemoryMarshal.Cast<byte, float>(host.bytes);
        features.Take(count, values);
        values[(count * _elements)..].Clear();
        return host;
    }

    /// <summary>A shard's features, and the classes of its images.</summary>
    private (Tensor Features, Tensor Classes) Batch(IFeatureSource features, int epoch, ReadOnlySpan<int> images)
    {
        // Features are changed by loops of the processor.
        if (_augmentation is null && features.TryTakeOnDevice(images.Length) is { } batch)
        {
            return (batch.Features.view([images.Length, .. _shape]), batch.Labels);
        }

        var labels = new long[images.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = _run.Data.Train[images[i]].Class;
        }

        var host = Host(features, images.Length, images.Length);
        _augmentation?.Apply(epoch, images, MemoryMarshal.Cast<byte, float>(host.bytes));
        return (OnDevice(host), tensor(labels, device: _device));
    }

    /// <summary>A block of images to be scored, always a whole one: its kernels are then the same whoever scores an image and whatever stands beside it.</summary>
    private Tensor Block(IFeatureSource features, int count)
    {
        if (features.TryTakeOnDevice(count) is not { } batch)
        {
            return OnDevice(Host(features, count, BlockSize));
        }

        var images = batch.Features.view([count, .. _shape]);
        return count == BlockSize ? images : cat([images, zeros([BlockSize - count, .. _shape], device: _device)]);
    }

    private Tensor OnDevice(Tensor host) => _device.type == TorchSharp.DeviceType.CPU ? host : host.to(_device);

    private Tensor Loss(Tensor logits, Tensor labels, nn.Reduction reduction) =>
        nn.functional.cross_entropy(logits, labels, _weights, reduction: reduction, label_smoothing: _run.Spec.LabelSmoothing);

    /// <summary>What images are mixed with, and their own shares of that; features that are mixed here are mixed.</summary>
    private (Tensor Labels, Tensor Shares) Mixed(int epoch, ReadOnlySpan<int> images, ref Tensor input)
    {
        _mixup!.Draw(epoch, images);
        var shares = tensor(_mixup.Shares.ToArray(), device: _device);
        if (_mixup.Partners is { IsEmpty: false } partners)
        {
            var own = shares.view([images.Length, .. Enumerable.Repeat(1L, _shape.Length)]);
            input = input * own + input.index_select(0, tensor(partners.ToArray(), ScalarType.Int64, device: _device)) * (1 - own);
        }

        return (tensor(_mixup.Labels.ToArray(), ScalarType.Int64, device: _device), shares);
    }

    private Tensor Factors(float[] factors, int count) =>
        tensor(factors.AsSpan(0, count * (factors.Length / _run.Schedule.ShardBatchSize)).ToArray(), device: _device).view(count, -1);
}
