using System.Numerics.Tensors;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Training.Exchange;

/// <summary>The exchange between replicas of one process: they add in shared memory, each a slice of the vector.</summary>
/// <remarks>
/// Two barriers a step. After the first, everyone's partial sums are published and each member adds its own slice over all of them;
/// after the second, the total is whole and everyone reads it. The next step writes it only when all have come back to the first.
/// Thread-safe: one thread per seat.
/// </remarks>
public sealed class SharedMemoryExchange : ISiloExchange
{
    /// <summary>Floats added at a time: a block of every depth of the tree stays in the first-level cache.</summary>
    private const int BlockLength = 1024;

    private readonly ShardTree _tree;
    private readonly PartialSums?[] _published;
    private readonly bool[] _wantsStop;
    private readonly bool[] _brought;
    private readonly Dictionary<ShardNode, float[]?> _nodes = [];
    private readonly float[] _total;
    private readonly Barrier _barrier;
    private readonly CancellationTokenSource _broken = new();
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
        _brought = new bool[tree.Root.Count];
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

    private StepTotal Exchange(int member, PartialSums sums, int samples, bool wantsStop, CancellationToken cancellationToken)
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

    private void Wait(CancellationToken cancellationToken)
    {
        try
        {
            _barrier.SignalAndWait(cancellationToken);
        }
        catch (OperationCanceledException e)
        {
            Break();
            throw new ExchangeBrokenException("The step was broken: a replica left or the window was cancelled.", e);
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
        _nodes.Clear();
        Array.Clear(_brought);
        foreach (var node in _published.SelectMany(sums => sums!.Nodes))
        {
            var brought = _brought.AsSpan(node.Node.First, node.Node.Count);
            if (brought.IndexOf(true) is var twice and >= 0)
            {
                _incomplete = $"Shard {node.Node.First + twice} was brought by two replicas.";
                return;
            }

            brought.Fill(true);
            _nodes.Add(node.Node, node.Values);
        }

        if (Array.IndexOf(_brought, false) is var missing and >= 0)
        {
            _incomplete = $"Shard {missing} was brought by no replica.";
        }
    }

    private void AddSlice(int member, int samples)
    {
        var first = (int)((long)_total.Length * member / _published.Length);
        var end = (int)((long)_total.Length * (member + 1) / _published.Length);
        var means = _total.Length - ExchangeVector.SumElements;
        for (var start = first; start < end; start += BlockLength)
        {
            var block = _total.AsSpan(start, Math.Min(BlockLength, end - start));
            if (!TryAdd(_tree.Root, start, block))
            {
                block.Clear();
            }

            var mean = block[..Math.Clamp(means - start, 0, block.Length)];
            TensorPrimitives.Divide(mean, samples, mean);
        }
    }

    /// <returns>False where no shard of the node has an image in this step.</returns>
    private bool TryAdd(ShardNode node, int start, Span<float> block)
    {
        if (_nodes.TryGetValue(node, out var values))
        {
            values?.AsSpan(start, block.Length).CopyTo(block);
            return values is not null;
        }

        var (left, right) = node.Halves();
        var hasLeft = TryAdd(left, start, block);
        if (!hasLeft)
        {
            return TryAdd(right, start, block);
        }

        Span<float> other = stackalloc float[BlockLength];
        other = other[..block.Length];
        if (TryAdd(right, start, other))
        {
            TensorPrimitives.Add(block, other, block);
        }

        return true;
    }

    private sealed class MemberSeat(SharedMemoryExchange exchange, int member) : IStepExchange
    {
        public StepTotal Exchange(PartialSums sums, int samples, bool wantsStop, CancellationToken cancellationToken) =>
            exchange.Exchange(member, sums, samples, wantsStop, cancellationToken);
    }
}
