using DistributedFreeze.Errors;

namespace DistributedFreeze.Exchange;

/// <summary>A seat in an exchange whose members are all in this process, so that each can read what the others have on their devices.</summary>
/// <remarks>A seat belongs to one thread. In a step either every member brings sums in host memory, or every one brings them on its device.</remarks>
internal interface IProcessExchange : IStepExchange
{
    /// <summary>Which of the members this one is, from 0.</summary>
    int Member { get; }

    /// <summary>Lets every member add one slice of the vector over what all have brought, and take the others' slices.</summary>
    /// <param name="length">Elements of a vector.</param>
    /// <param name="sums">This member's sums. They become the exchange's, which disposes of them when no member reads them any more.</param>
    /// <param name="add">Adds this member's slice, which becomes the exchange's, too. Told of every member's sums, in their order.</param>
    /// <param name="take">Takes the slices. Told of every member's, in their order.</param>
    /// <param name="wantsStop">True where this replica was asked to stop.</param>
    /// <param name="cancellationToken">Breaks the step for every replica.</param>
    /// <returns>Whether some replica was asked to stop.</returns>
    /// <exception cref="ExchangeBrokenException">A replica left, or the step was cancelled, or members brought what does not go together.</exception>
    bool AllReduce<TSums, TSlice>(
        int length, TSums sums, Func<IReadOnlyList<TSums>, TSlice> add, Action<IReadOnlyList<TSlice>> take, bool wantsStop, CancellationToken cancellationToken)
        where TSums : class, IDisposable
        where TSlice : class, IDisposable;
}
