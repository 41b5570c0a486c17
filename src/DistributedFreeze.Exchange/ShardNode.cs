namespace DistributedFreeze.Exchange;

/// <summary>A node of the shard tree: the shards <paramref name="First"/> up to but not including <paramref name="First"/> + <paramref name="Count"/>.</summary>
/// <param name="First">First shard, from 0.</param>
/// <param name="Count">Number of shards, at least 1.</param>
public readonly record struct ShardNode(int First, int Count)
{
    /// <summary>True where the node is a single shard.</summary>
    public bool IsLeaf => Count == 1;

    /// <summary>The two halves: the left one has the largest power of two of shards that leaves the right one some.</summary>
    /// <remarks>Cutting at a power of two keeps subtrees aligned: replicas in a power-of-two number hold whole subtrees.</remarks>
    /// <exception cref="InvalidOperationException">The node is a leaf.</exception>
    public (ShardNode Left, ShardNode Right) Halves()
    {
        if (IsLeaf)
        {
            throw new InvalidOperationException($"Shard {First} is a leaf of the tree and has no halves.");
        }

        var left = 1 << int.Log2(Count - 1);
        return (new(First, left), new(First + left, Count - left));
    }
}
