using System.Numerics.Tensors;

namespace DistributedFreeze.Training.Exchange;

/// <summary>What one replica brings to a step: the sums over the largest whole subtrees of shards that it holds.</summary>
/// <remarks>
/// Shards are pushed in ascending order; two halves of one node are added as soon as both are there, so a replica keeps no more
/// vectors than the tree is deep and publishes exactly one where its shards are an aligned power of two. Buffers are reused from
/// step to step. Not thread-safe; other replicas may read <see cref="Nodes"/> while the owner waits in the exchange.
/// </remarks>
/// <param name="tree">The run's tree.</param>
/// <param name="length">Elements of a vector, at least 1.</param>
public sealed class PartialSums(ShardTree tree, int length)
{
    private readonly List<PartialSum> _nodes = [];
    private readonly Stack<float[]> _free = new();

    /// <summary>The sums so far, in shard order.</summary>
    public IReadOnlyList<PartialSum> Nodes => _nodes;

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
    }

    /// <summary>Adds what one shard contributes.</summary>
    /// <param name="shard">The shard, above every one pushed since <see cref="Reset"/>.</param>
    /// <param name="contribution">A vector of <see cref="Length"/> elements, copied; empty where the shard has no image in this step.</param>
    /// <exception cref="ArgumentException">The shard is out of order, or the vector has another length.</exception>
    public void Push(int shard, ReadOnlySpan<float> contribution)
    {
        if (_nodes.Count > 0 && _nodes[^1].Node.First + _nodes[^1].Node.Count > shard)
        {
            throw new ArgumentException($"Shard {shard} comes after shard {_nodes[^1].Node.First}; shards are pushed in ascending order.", nameof(shard));
        }

        if (!contribution.IsEmpty && contribution.Length != length)
        {
            throw new ArgumentException($"Shard {shard} brings {contribution.Length} elements; the exchange has {length}.", nameof(contribution));
        }

        _nodes.Add(new(new(shard, 1), contribution.IsEmpty ? null : Copy(contribution)));
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

    private float[] Copy(ReadOnlySpan<float> values)
    {
        var buffer = _free.Count > 0 ? _free.Pop() : new float[length];
        values.CopyTo(buffer);
        return buffer;
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
