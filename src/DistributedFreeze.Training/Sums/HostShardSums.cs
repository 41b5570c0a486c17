using DistributedFreeze.Exchange;
using DistributedFreeze.Training.Tails;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Sums;

/// <summary>Sums in host memory: those of replicas on the processor.</summary>
/// <param name="tree">The run's tree.</param>
/// <param name="length">Elements of a vector.</param>
internal sealed class HostShardSums(ShardTree tree, int length) : IShardSums
{
    private readonly HostTotal _total = new(CPU);

    /// <inheritdoc/>
    public PartialSums Host { get; } = new(tree, length);

    /// <inheritdoc/>
    public void Begin() => Host.Reset();

    /// <inheritdoc/>
    public void PushEmpty(int shard) => Host.PushEmpty(shard);

    /// <inheritdoc/>
    public void Push(int shard, ITail tail) => Host.Push(shard, tail.Contribution);

    /// <inheritdoc/>
    public void Complete() => Host.Complete();

    /// <inheritdoc/>
    public StepMean AllReduce(IStepExchange exchange, int images, bool wantsStop, CancellationToken cancellationToken)
    {
        var total = exchange.AllReduce(Host, images, wantsStop, cancellationToken);
        return new(_total.Of(total.Values), total.Values, total.Stop);
    }

    /// <inheritdoc/>
    public void Dispose() => _total.Dispose();
}
