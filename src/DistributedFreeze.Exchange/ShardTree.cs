namespace DistributedFreeze.Exchange;

/// <summary>The one binary tree in which the shards of a run are added, whoever computes them.</summary>
/// <remarks>
/// Floating-point addition is not associative, so the order of addition belongs to the run and not to the replicas.
/// Immutable and thread-safe.
/// </remarks>
public sealed class ShardTree
{
    private readonly Dictionary<(ShardNode Left, ShardNode Right), ShardNode> _parents = [];

    /// <param name="shards">Number of shards of the run, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="shards"/> is less than 1.</exception>
    public ShardTree(int shards)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shards, 1);
        Root = new(0, shards);
        Link(Root);
    }

    /// <summary>The node of all shards.</summary>
    public ShardNode Root { get; }

    /// <summary>Finds the node whose halves are the two given ones, in that order.</summary>
    /// <returns>False where the two are not the halves of one node.</returns>
    public bool TryJoin(ShardNode left, ShardNode right, out ShardNode parent) => _parents.TryGetValue((left, right), out parent);

    private void Link(ShardNode node)
    {
        if (node.IsLeaf)
        {
            return;
        }

        var halves = node.Halves();
        _parents.Add(halves, node);
        Link(halves.Left);
        Link(halves.Right);
    }
}
