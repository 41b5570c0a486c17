using DistributedFreeze.Errors;

namespace DistributedFreeze.Exchange;

/// <summary>One replica's seat in the exchange of its run.</summary>
/// <remarks>A seat belongs to one thread. Every replica of the run takes part in every step, or the step is broken for all.</remarks>
public interface IStepExchange
{
    /// <summary>Adds every replica's partial sums in tree order and hands the total to all of them.</summary>
    /// <param name="sums">This replica's sums; the owner neither touches nor reads them again before they are reset.</param>
    /// <param name="samples">Images in the global step: what the mean part is divided by, at least 1.</param>
    /// <param name="wantsStop">True where this replica was asked to stop; if any was, all learn it in the same step.</param>
    /// <param name="cancellationToken">Breaks the step for every replica.</param>
    /// <returns>The total, valid until this seat's next call.</returns>
    /// <exception cref="ExchangeBrokenException">A replica left, or the step was cancelled.</exception>
    StepTotal AllReduce(PartialSums sums, int samples, bool wantsStop, CancellationToken cancellationToken);

    /// <summary>Asks whether to go on without exchanging anything: for the only replica of a run, whose sums are the total.</summary>
    /// <param name="cancellationToken">Breaks the exchange.</param>
    /// <exception cref="ExchangeBrokenException">The exchange was broken, or the step was cancelled.</exception>
    void ThrowIfBroken(CancellationToken cancellationToken);
}

/// <summary>The outcome of one exchange, the same bits on every replica.</summary>
/// <param name="Values">Means over all images, followed by <see cref="ExchangeVector.SumElements"/> plain sums.</param>
/// <param name="Stop">True where some replica was asked to stop: all end their window after this step.</param>
public readonly record struct StepTotal(float[] Values, bool Stop);
