using DistributedFreeze.Errors;

namespace DistributedFreeze.Exchange;

/// <summary>The exchange between replicas of one process: they add in shared memory, or on their devices, each a slice of the vector.</summary>
/// <remarks>
/// Two barriers a step. After the first, everyone's partial sums are published and each member adds its own slice over all of them;
/// after the second, the total is whole and everyone reads it. The next step writes it only when all have come back to the first.
/// On devices everyone copies the total, and a third barrier says that all have: what was copied is the owner's again.
/// Thread-safe: one thread per seat.
/// </remarks>
public sealed class SharedMemoryExchange : ISiloExchange
{
    private readonly ShardTree _tree;
    private readonly PartialSums?[] _published;
    private readonly IDisposable?[] _onDevices;
    private readonly IDisposable?[] _slices;
    private readonly bool[] _wantsStop;
    private readonly GatheredPartials _brought = new();
    private readonly float[] _total;
    private readonly Barrier _barrier;
    private readonly CancellationTokenSource _broken = new();
    private TreeSum? _sum;
    private int _barriers; // that the step has passed
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
        _onDevices = new IDisposable?[members];
        _slices = new IDisposable?[members];
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
        for (var member = 0; member < _published.Length; member++)
        {
            Release(member);
        }

        _broken.Dispose();
        _barrier.Dispose();
    }

    private StepTotal AllReduce(int member, PartialSums sums, int samples, bool wantsStop, CancellationToken cancellationToken)
    {
        RequireLength(member, sums.Length);
        using var either = Either(cancellationToken);
        var token = either?.Token ?? _broken.Token;
        _published[member] = sums;
        _wantsStop[member] = wantsStop;
        Wait(token);
        AddSlice(member, samples);
        Wait(token);
        return new(_total, _stop);
    }

    private bool AllReduce<TSums, TSlice>(
        int member, int length, TSums sums, Func<IReadOnlyList<TSums>, TSlice> add, Action<IReadOnlyList<TSlice>> take, bool wantsStop, CancellationToken cancellationToken)
        where TSums : class, IDisposable
        where TSlice : class, IDisposable
    {
        RequireLength(member, length);
        using var either = Either(cancellationToken);
        var token = either?.Token ?? _broken.Token;
        _published[member] = null;
        _onDevices[member] = sums;
        _wantsStop[member] = wantsStop;
        Wait(token);
        _slices[member] = add(Array.ConvertAll(_onDevices, static brought => (TSums)brought!));
        Wait(token);
        take(Array.ConvertAll(_slices, static slice => (TSlice)slice!));
        Wait(token);
        Release(member);
        return _stop;
    }

    /// <summary>Where a step breaks, its members may be reading what the others brought: then it is kept until the last of them has left.</summary>
    private void Release(int member)
    {
        _onDevices[member]?.Dispose();
        _slices[member]?.Dispose();
        (_onDevices[member], _slices[member]) = (null, null);
    }

    private CancellationTokenSource? Either(CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(_broken.Token, cancellationToken) : null;

    private void RequireLength(int member, int length)
    {
        if (length != _total.Length)
        {
            Break();
            throw new ExchangeBrokenException($"Replica {member} brings vectors of {length} elements; this exchange has {_total.Length}.");
        }
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
        var onDevices = _published.Count(sums => sums is null);
        if (_barriers == 0)
        {
            _stop = Array.IndexOf(_wantsStop, true) >= 0;
            _incomplete = onDevices == 0 ? GatherInHostMemory()
                : onDevices == _published.Length ? null
                : $"Replica {Array.FindIndex(_published, sums => sums is null)} brings its sums on a device, and others bring theirs in host memory.";
        }

        _barriers = (_barriers + 1) % (onDevices == 0 ? 2 : 3);
    }

    /// <returns>What is wrong with it, or null.</returns>
    private string? GatherInHostMemory()
    {
        var wrong = _brought.Gather(_published)
            ?? (_brought.Missing(_tree.Root.Count) is { } missing ? $"Shard {missing} was brought by no replica." : null);
        if (wrong is null && _brought.IsNew)
        {
            _sum = new(_tree.Root, _brought.Places());
        }

        return wrong;
    }

    private void AddSlice(int member, int samples)
    {
        var first = (int)((long)_total.Length * member / _published.Length);
        var end = (int)((long)_total.Length * (member + 1) / _published.Length);
        var means = Math.Clamp(_total.Length - ExchangeVector.SumElements, first, end);
        _sum!.Add(_brought.Sources, first, _total.AsSpan(first, means - first), samples);
        _sum.Add(_brought.Sources, means, _total.AsSpan(means, end - means), divisor: null);
    }

    private sealed class MemberSeat(SharedMemoryExchange exchange, int member) : IProcessExchange
    {
        public int Member => member;

        public StepTotal AllReduce(PartialSums sums, int samples, bool wantsStop, CancellationToken cancellationToken) =>
            exchange.AllReduce(member, sums, samples, wantsStop, cancellationToken);

        public bool AllReduce<TSums, TSlice>(
            int length, TSums sums, Func<IReadOnlyList<TSums>, TSlice> add, Action<IReadOnlyList<TSlice>> take, bool wantsStop, CancellationToken cancellationToken)
            where TSums : class, IDisposable
            where TSlice : class, IDisposable => exchange.AllReduce(member, length, sums, add, take, wantsStop, cancellationToken);

        public void ThrowIfBroken(CancellationToken cancellationToken) => exchange.ThrowIfBroken(cancellationToken);
    }
}
