using System.Numerics.Tensors;

namespace DistributedFreeze.Exchange;

/// <summary>What one replica brings to a step: the sums over the largest whole subtrees of shards that it holds.</summary>
/// <remarks>
/// Shards are pushed in ascending order; two halves of one node are added as soon as both are there, so a replica keeps no more
/// vectors than the tree is deep and publishes exactly one where its shards are an aligned power of two. Buffers are reused from
/// step to step. Not thread-safe; other replicas may read <see cref="Nodes"/>, and add onto them,
/// while the owner waits in the exchange.
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

    /// <summary>Takes note of a shard that has no image in this step.</summary>
    /// <param name="shard">The shard, above every one pushed since <see cref="Reset"/>.</param>
    /// <exception cref="ArgumentException">The shard is out of order.</exception>
    public void PushEmpty(int shard)
    {
        CheckOrder(shard);
        _nodes.Add(new(new(shard, 1), null));
        Join();
    }

    /// <summary>Adds what one shard contributes.</summary>
    /// <param name="shard">The shard, above every one pushed since <see cref="Reset"/>.</param>
    /// <param name="contribution">A vector of <see cref="Length"/> elements; read before this returns.</param>
    /// <exception cref="ArgumentException">The shard is out of order.</exception>
    public void Push(int shard, IShardContribution contribution)
    {
        CheckOrder(shard);
        var leaf = new ShardNode(shard, 1);
        if (_nodes is [.., { Values: { } left } before] && tree.TryJoin(before.Node, leaf, out var parent))
        {
            // Its sibling waits: one pass over the memory instead of two.
            contribution.AddTo(left);
            _nodes[^1] = new(parent, left);
        }
        else
        {
            var buffer = _free.Count > 0 ? _free.Pop() : GC.AllocateUninitializedArray<float>(length);
            contribution.CopyTo(buffer);
            _nodes.Add(new(leaf, buffer));
        }

        Join();
    }

    private void CheckOrder(int shard)
    {
        if (_nodes.Count > 0 && _nodes[^1].Node.First + _nodes[^1].Node.Count > shard)
        {
            throw new ArgumentException($"Shard {shard} comes after shard {_nodes[^1].Node.First}; shards are pushed in ascending order.", nameof(shard));
        }
    }

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
