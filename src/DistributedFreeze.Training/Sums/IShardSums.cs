using DistributedFreeze.Exchange;
using DistributedFreeze.Training.Tails;

namespace DistributedFreeze.Training.Sums;

/// <summary>Adds up the shards that a replica computes in a step, then those of all replicas, in the order of the run's tree.</summary>
/// <remarks>Belongs to one device thread.</remarks>
internal interface IShardSums : IDisposable
{
    /// <summary>Sums in host memory, as an exchange takes them; what they hold may be given up between two steps.</summary>
    PartialSums Host { get; }

    /// <summary>Forgets the last step.</summary>
    void Begin();

    /// <summary>Takes note of a shard that has no image in this step.</summary>
    /// <param name="shard">The shard, above every one pushed since <see cref="Begin"/>.</param>
    void PushEmpty(int shard);

    /// <summary>Adds the shard that a tail has computed last.</summary>
    /// <param name="shard">The shard, above every one pushed since <see cref="Begin"/>.</param>
    /// <param name="tail">What has computed it.</param>
    void Push(int shard, ITail tail);

    /// <summary>All of the replica's shards have been pushed.</summary>
    void Complete();

    /// <summary>Adds the sums of all replicas and divides by the images.</summary>
    /// <param name="exchange">The replica's seat.</param>
    /// <param name="images">Images in the step, over all replicas.</param>
    /// <param name="wantsStop">Whether this replica was asked to stop.</param>
    /// <param name="cancellationToken">Breaks the step for every replica.</param>
    /// <exception cref="Errors.ExchangeBrokenException">A replica left, or the step was cancelled.</exception>
    StepMean AllReduce(IStepExchange exchange, int images, bool wantsStop, CancellationToken cancellationToken);
}
