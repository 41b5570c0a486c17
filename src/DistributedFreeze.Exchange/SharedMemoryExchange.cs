using DistributedFreeze.Errors;

namespace DistributedFreeze.Exchange;

/// <summary>The exchange between replicas of one process: they add in shared memory, each a slice of the vector.</summary>
/// <remarks>
/// Two barriers a step. After the first, everyone's partial sums are published and each member adds its own slice over all of them;
/// after the second, the total is whole and everyone reads it. The next step writes it only when all have come back to the first.
/// Thread-safe: one thread per seat.
/// </remarks>
public sealed class SharedMemoryExchange : ISiloExchange
{
    private readonly ShardTree _tree;
    private readonly PartialSums?[] _published;
    private readonly bool[] _wantsStop;
    private readonly GatheredPartials _brought = new();
    private readonly float[] _total;
    private readonly Barrier _barrier;
    private readonly CancellationTokenSource _broken = new();
    private TreeSum? _sum;
    private bool _stop;
    private string? _incomplete;

    /// <param name="tree">The run's tree.</param>
    /// <param name="members">Number of replicas, at least 1.</param>
    /// <param name="length">Elements of the vector, more than <see cref="ExchangeVector.SumElements"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public SharedMemoryExchange(ShardTree tree, int members, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(members, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(length, ExchangeVector.SumElements);
        _tree = tree;
        _published = new PartialSums?[members];
        _wantsStop = new bool[members];
        _total = GC.AllocateUninitializedArray<float>(length, pinned: true);
        _barrier = new(members, OnArrived);
    }

    /// <summary>Takes a seat.</summary>
    /// <param name="member">0 up to but not including the number of members; one seat each.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such member.</exception>
    public IStepExchange Seat(int member)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(member);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(member, _published.Length);
        return new MemberSeat(this, member);
    }

    /// <summary>Breaks the exchange for good: every member waiting or yet to come gets an <see cref="ExchangeBrokenException"/>.</summary>
    public void Break() => _broken.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        _broken.Dispose();
        _barrier.Dispose();
    }

    private StepTotal AllReduce(int member, PartialSums sums, int samples, bool wantsStop, CancellationToken cancellationToken)
    {
        if (sums.Length != _total.Length)
        {
            Break();
            throw new ExchangeBrokenException($"Replica {member} brings vectors of {sums.Length} elements; this exchange has {_total.Length}.");
        }

        using var either = cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(_broken.Token, cancellationToken) : null;
        var token = either?.Token ?? _broken.Token;
        _published[member] = sums;
        _wantsStop[member] = wantsStop;
        Wait(token);
        AddSlice(member, samples);
        Wait(token);
        return new(_total, _stop);
    }

    private void ThrowIfBroken(CancellationToken cancellationToken)
    {
        if (_broken.Token.IsCancellationRequested || cancellationToken.IsCancellationRequested) // the token of an exchange that has ended cannot be had
        {
            throw Broken(null);
        }
    }

    private ExchangeBrokenException Broken(Exception? reason)
    {
        Break();
        return new("The step was broken: a replica left or the window was cancelled.", reason);
    }

    private void Wait(CancellationToken cancellationToken)
    {
        try
        {
            _barrier.SignalAndWait(cancellationToken);
        }
        catch (OperationCanceledException e)
        {
            throw Broken(e);
        }

        if (_incomplete is { } reason)
        {
            Break();
            throw new ExchangeBrokenException(reason);
        }
    }

    /// <summary>Runs once per barrier while every member waits, so what it decides is the same for all.</summary>
    private void OnArrived(Barrier barrier)
    {
        if (barrier.CurrentPhaseNumber % 2 != 0)
        {
            return;
        }

        _stop = Array.IndexOf(_wantsStop, true) >= 0;
        _incomplete = _brought.Gather(_published)
            ?? (_brought.Missing(_tree.Root.Count) is { } missing ? $"Shard {missing} was brought by no replica." : null);
        if (_incomplete is null && _brought.IsNew)
        {
            _sum = new(_tree.Root, _brought.Places());
        }
    }

    private void AddSlice(int member, int samples)
    {
        var first = (int)((long)_total.Length * member / _published.Length);
        var end = (int)((long)_total.Length * (member + 1) / _published.Length);
        var means = Math.Clamp(_total.Length - ExchangeVector.SumElements, first, end);
        _sum!.Add(_brought.Sources, first, _total.AsSpan(first, means - first), samples);
        _sum.Add(_brought.Sources, means, _total.AsSpan(means, end - means), divisor: null);
    }

    private sealed class MemberSeat(SharedMemoryExchange exchange, int member) : IStepExchange
    {
        public StepTotal AllReduce(PartialSums sums, int samples, bool wantsStop, CancellationToken cancellationToken) =>
            exchange.AllReduce(member, sums, samples, wantsStop, cancellationToken);

        public void ThrowIfBroken(CancellationToken cancellationToken) => exchange.ThrowIfBroken(cancellationToken);
    }
}
