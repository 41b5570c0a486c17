using System.Runtime.InteropServices;
using DistributedFreeze.Exchange;
using DistributedFreeze.Training.Native;
using DistributedFreeze.Training.Steps;
using DistributedFreeze.Training.Tails;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace DistributedFreeze.Training.Sums;

/// <summary>Sums that stay on the device: shards are added there, in the order of the run's tree, and leave it only for other replicas.</summary>
/// <remarks>
/// A replica that computes every shard exchanges nothing, and nobody waits for the device. Else each sum over a whole subtree goes to host memory
/// in one piece, and the total comes back in one. An addition and a division of two floats round alike everywhere, so the bits are those of
/// <see cref="HostShardSums"/>. What a step holds is the step's: its dispose scope ends it.
/// </remarks>
/// <param name="tree">The run's tree.</param>
/// <param name="state">What trains.</param>
internal sealed class DeviceShardSums(ShardTree tree, TrainableState state) : IShardSums
{
    private readonly List<(ShardNode Node, Tensor? Sum)> _nodes = [];
    private readonly Dictionary<int, Tensor> _divisors = [];
    private readonly HostTotal _total = new(state.Parameters.device);
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
        if (_nodes is [{ Sum: { } whole } only] && only.Node == tree.Root)
        {
            exchange.ThrowIfBroken(cancellationToken);
            using var means = whole.narrow(0, 0, state.Layout.ExchangeLength - ExchangeVector.SumElements);
            means.div_(Divisor(images));
            return new(whole, null, wantsStop);
        }

        Host.Reset();
        foreach (var (node, sum) in _nodes)
        {
            Host.Push(node, sum is null ? null : new OneCopy(sum));
        }

        var total = exchange.AllReduce(Host, images, wantsStop, cancellationToken);
        return new(_total.Of(total.Values), total.Values, total.Stop);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _total.Dispose();
        foreach (var divisor in _divisors.Values)
        {
            divisor.Dispose();
        }
    }

    private void Push(ShardNode node, Tensor? sum)
    {
        _nodes.Add((node, sum));
        while (_nodes.Count > 1 && tree.TryJoin(_nodes[^2].Node, _nodes[^1].Node, out var parent))
        {
            var (left, right) = (_nodes[^2].Sum, _nodes[^1].Sum);
            _nodes.RemoveRange(_nodes.Count - 2, 2);
            _nodes.Add((parent, Add(left, right)));
        }
    }

    private static Tensor? Add(Tensor? left, Tensor? right)
    {
        if (left is null || right is null)
        {
            return left ?? right;
        }

        left.AddScaled(right, 1);
        right.Dispose();
        return left;
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
