using System.Numerics.Tensors;

namespace DistributedFreeze.Exchange;

/// <summary>What one replica brings to a step: the sums over the largest whole subtrees of shards that it holds.</summary>
/// <remarks>
/// Shards are pushed in ascending order; two halves of one node are added as soon as both are there, so a replica keeps no more
/// vectors than the tree is deep and publishes exactly one where its shards are an aligned power of two. What is computed where it is
/// added waits for <see cref="Complete"/>. Buffers are reused from step to step. Not thread-safe; other replicas may read <see cref="Nodes"/>, and add onto them,
/// while the owner waits in the exchange.
/// </remarks>
/// <param name="tree">The run's tree.</param>
/// <param name="length">Elements of a vector, at least 1.</param>
public sealed class PartialSums(ShardTree tree, int length)
{
    /// <summary>Floats of a stretch of deferred contributions: a stretch of each operand stays in the first-level cache.</summary>
    internal const int Stretch = 2048;

    private readonly List<PartialSum> _nodes = [];
    private readonly List<(int Shard, IDeferredContribution? Contribution)> _deferred = [];
    private float[]? _operands; // a stretch for each level of the tree
    private readonly Stack<float[]> _free = new();

    /// <summary>The sums so far, in shard order.</summary>
    /// <exception cref="InvalidOperationException">Deferred contributions wait for <see cref="Complete"/>.</exception>
    public IReadOnlyList<PartialSum> Nodes =>
        _deferred.Count == 0 ? _nodes : throw new InvalidOperationException("Deferred contributions have been pushed and not yet been added.");

    /// <summary>Elements of a vector.</summary>
    public int Length => length;

    /// <summary>Forgets the last step's sums and keeps their buffers.</summary>
    public void Reset()
    {
        foreach (var node in _nodes)
        {
            Release(node.Values);
        }

        _nodes.Clear();
        _deferred.Clear();
    }

    /// <summary>Takes note of a shard that has no image in this step.</summary>
    /// <param name="shard">The shard, above every one pushed since <see cref="Reset"/>.</param>
    /// <exception cref="ArgumentException">The shard is out of order.</exception>
    public void PushEmpty(int shard)
    {
        CheckOrder(shard);
        if (_deferred.Count > 0)
        {
            _deferred.Add((shard, null));
            return;
        }

        _nodes.Add(new(new(shard, 1), null));
        Join();
    }

    /// <summary>Adds what one shard contributes.</summary>
    /// <param name="shard">The shard, above every one pushed since <see cref="Reset"/>.</param>
    /// <param name="contribution">A vector of <see cref="Length"/> elements; read before this returns, or if it is deferred in <see cref="Complete"/>.</param>
    /// <exception cref="ArgumentException">The shard is out of order.</exception>
    public void Push(int shard, IShardContribution contribution)
    {
        CheckOrder(shard);
        if (contribution is IDeferredContribution deferred)
        {
            _deferred.Add((shard, deferred));
            return;
        }

        Push(new ShardNode(shard, 1), contribution);
    }

    /// <summary>Adds the sum over a node of the tree that was added up elsewhere, such as on a device.</summary>
    /// <param name="node">The node, its first shard above every one pushed since <see cref="Reset"/>.</param>
    /// <param name="sum">A vector of <see cref="Length"/> elements, read before this returns; null where none of the node's shards has an image.</param>
    /// <exception cref="ArgumentException">The node is out of order.</exception>
    public void Push(ShardNode node, IShardContribution? sum)
    {
        CheckOrder(node.First);
        Complete();
        if (sum is null)
        {
            _nodes.Add(new(node, null));
        }
        else if (_nodes is [.., { Values: { } left } before] && tree.TryJoin(before.Node, node, out var parent))
        {
            // Its sibling waits: one pass over the memory instead of two.
            sum.AddTo(left);
            _nodes[^1] = new(parent, left);
        }
        else
        {
            var buffer = Buffer();
            sum.CopyTo(buffer);
            _nodes.Add(new(node, buffer));
        }

        Join();
    }

    /// <summary>Adds the deferred contributions: the sum over a node of the tree is written in one pass.</summary>
    public void Complete()
    {
        for (var first = 0; first < _deferred.Count;)
        {
            var (node, count) = LargestFrom(first);
            _nodes.Add(new(node, _deferred.GetRange(first, count).Exists(shard => shard.Contribution is not null) ? Sum(node, first) : null));
            first += count;
            Join();
        }

        _deferred.Clear();
    }

    /// <summary>The largest whole subtree that begins with a deferred shard.</summary>
    private (ShardNode Node, int Count) LargestFrom(int first)
    {
        var nodes = new Stack<ShardNode>();
        var best = (Node: new ShardNode(_deferred[first].Shard, 1), Count: 1);
        for (var next = first; next < _deferred.Count; next++)
        {
            var node = new ShardNode(_deferred[next].Shard, 1);
            while (nodes.TryPeek(out var left) && tree.TryJoin(left, node, out var parent))
            {
                nodes.Pop();
                node = parent;
            }

            nodes.Push(node);
            if (nodes.Count == 1)
            {
                best = (node, next - first + 1);
            }
        }

        return best;
    }

    private float[] Sum(ShardNode node, int first)
    {
        var values = Buffer();
        for (var start = 0; start < length; start += Stretch)
        {
            Sum(node, first, start, values.AsSpan(start, Math.Min(Stretch, length - start)), depth: 0);
        }

        return values;
    }

    /// <summary>Writes a stretch of the sum over a node whose shards are deferred.</summary>
    /// <returns>False where none of them has an image.</returns>
    private bool Sum(ShardNode node, int first, int start, Span<float> destination, int depth)
    {
        if (node.Count == 1)
        {
            _deferred[first].Contribution?.CopyTo(start, destination);
            return _deferred[first].Contribution is not null;
        }

        var (left, right) = node.Halves();
        if (!Sum(left, first, start, destination, depth))
        {
            return Sum(right, first + left.Count, start, destination, depth);
        }

        // The right half's own right halves go deeper, so what is here stays until it is added.
        _operands ??= new float[(int.Log2(tree.Root.Count) + 1) * Stretch];
        var operand = _operands.AsSpan(depth * Stretch, destination.Length);
        if (Sum(right, first + left.Count, start, operand, depth + 1))
        {
            TensorPrimitives.Add(destination, operand, destination);
        }

        return true;
    }

    private void CheckOrder(int shard)
    {
        var last = _deferred.Count > 0 ? new(_deferred[^1].Shard, 1) : _nodes.Count > 0 ? _nodes[^1].Node : (ShardNode?)null;
        if (last is { } node && node.First + node.Count > shard)
        {
            throw new ArgumentException($"Shard {shard} comes after shard {node.First}; shards are pushed in ascending order.", nameof(shard));
        }
    }

    private float[] Buffer() => _free.Count > 0 ? _free.Pop() : GC.AllocateUninitializedArray<float>(length);

    private void Join()
    {
        while (_nodes.Count > 1 && tree.TryJoin(_nodes[^2].Node, _nodes[^1].Node, out var parent))
        {
            var sum = Add(_nodes[^2].Values, _nodes[^1].Values);
            _nodes.RemoveRange(_nodes.Count - 2, 2);
            _nodes.Add(new(parent, sum));
        }
    }

    private float[]? Add(float[]? left, float[]? right)
    {
        if (left is null || right is null)
        {
            return left ?? right;
        }

        TensorPrimitives.Add(left, right, left);
        Release(right);
        return left;
    }

    private void Release(float[]? buffer)
    {
        if (buffer is not null)
        {
            _free.Push(buffer);
        }
    }
}

/// <summary>The sum over one node of the shard tree.</summary>
/// <param name="Node">The node.</param>
/// <param name="Values">The sum; null where none of the node's shards has an image in this step.</param>
public readonly record struct PartialSum(ShardNode Node, float[]? Values);
