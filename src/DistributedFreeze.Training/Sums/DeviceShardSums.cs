using System.Runtime.InteropServices;
using DistributedFreeze.Exchange;
using DistributedFreeze.Training.Steps;
using DistributedFreeze.Training.Tails;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace DistributedFreeze.Training.Sums;

/// <summary>Sums that stay on the device: shards are added there, in the order of the run's tree, and leave it only for replicas of other silos.</summary>
/// <remarks>
/// A replica that computes every shard exchanges nothing, and replicas that are all in this process copy from one another's devices
/// (<see cref="DeviceTotal"/>): nobody waits for a device. Else each sum over a whole subtree goes to host memory in one piece, and the total comes back in
/// one. An addition and a division of two floats round alike everywhere, so the bits are those of <see cref="HostShardSums"/>. What a step holds is the
/// step's: its dispose scope ends it, but for sums that others read.
/// </remarks>
/// <param name="tree">The run's tree.</param>
/// <param name="state">What trains.</param>
internal sealed class DeviceShardSums(ShardTree tree, TrainableState state) : IShardSums
{
    private readonly List<DeviceSum> _nodes = [];
    private readonly Dictionary<int, Tensor> _divisors = [];
    private readonly HostTotal _hostTotal = new(state.Parameters.device);
    private readonly DeviceTotal _deviceTotal = new(tree, state.Parameters.device, state.Layout.ExchangeLength);
    private PartialSums? _host;

    /// <inheritdoc/>
    public PartialSums Host => _host ??= new(tree, state.Layout.ExchangeLength);

    /// <inheritdoc/>
    public void Begin() => _nodes.Clear();

    /// <inheritdoc/>
    public void PushEmpty(int shard) => Push(new ShardNode(shard, 1), null);

    /// <inheritdoc/>
    public void Push(int shard, ITail tail)
    {
        using var noGradient = no_grad();
        Push(new ShardNode(shard, 1), state.Gather());
    }

    /// <inheritdoc/>
    public void Complete()
    {
        // Sums are joined as soon as both halves are there.
    }

    /// <inheritdoc/>
    public StepMean AllReduce(IStepExchange exchange, int images, bool wantsStop, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        if (_nodes is [{ Values: { } whole } only] && only.Node == tree.Root)
        {
            exchange.ThrowIfBroken(cancellationToken);
            using var means = whole.narrow(0, 0, state.Layout.ExchangeLength - ExchangeVector.SumElements);
            means.div_(Divisor(images));
            return new(whole, null, wantsStop);
        }

        if (exchange is IProcessExchange neighbours)
        {
            var divisor = Divisor(images);
            return _deviceTotal.Of(neighbours, Release(), divisor, wantsStop, cancellationToken);
        }

        Host.Reset();
        foreach (var (node, sum) in _nodes)
        {
            Host.Push(node, sum is null ? null : new OneCopy(sum));
        }

        var total = exchange.AllReduce(Host, images, wantsStop, cancellationToken);
        return new(_hostTotal.Of(total.Values), total.Values, total.Stop);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hostTotal.Dispose();
        foreach (var divisor in _divisors.Values)
        {
            divisor.Dispose();
        }
    }

    private void Push(ShardNode node, Tensor? values)
    {
        _nodes.Add(new(node, values));
        while (_nodes.Count > 1 && tree.TryJoin(_nodes[^2].Node, _nodes[^1].Node, out var parent))
        {
            var sum = DeviceSum.Add(_nodes[^2].Values, _nodes[^1].Values);
            _nodes.RemoveRange(_nodes.Count - 2, 2);
            _nodes.Add(new(parent, sum));
        }
    }

    /// <summary>The step's sums, of which its dispose scope takes care no longer.</summary>
    private DeviceSums Release()
    {
        foreach (var (_, values) in _nodes)
        {
            values?.DetachFromDisposeScope();
        }

        var sums = new DeviceSums([.. _nodes]);
        _nodes.Clear();
        return sums;
    }

    /// <summary>A number of images on the device: CUDA would take a number of the host's for its reciprocal, which rounds otherwise.</summary>
    private Tensor Divisor(int images)
    {
        if (!_divisors.TryGetValue(images, out var divisor))
        {
            divisor = tensor(new float[] { images }, device: state.Parameters.device).DetachFromDisposeScope();
            _divisors.Add(images, divisor);
        }

        return divisor;
    }

    /// <summary>A vector of the device that goes to host memory in one piece.</summary>
    private sealed class OneCopy(Tensor vector) : IShardContribution
    {
        /// <inheritdoc/>
        public void CopyTo(Span<float> destination) => Read(vector).CopyTo(destination);

        /// <inheritdoc/>
        public void AddTo(Span<float> sum) => TensorPrimitives.Add(sum, Read(vector), sum);

        private static ReadOnlySpan<float> Read(Tensor vector) => MemoryMarshal.Cast<byte, float>(vector.cpu().bytes);
    }
}
