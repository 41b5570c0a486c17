namespace DistributedFreeze.Exchange;

/// <summary>What the members of one host bring to a step, added up to the largest whole subtrees of shards.</summary>
/// <remarks>Sums are added onto the first one in place: their owners do not read them again. Not thread-safe but for <see cref="AddSlice"/>.</remarks>
/// <param name="tree">The run's tree.</param>
/// <param name="length">Elements of a vector.</param>
/// <param name="members">Members of the host.</param>
internal sealed class HostReduction(ShardTree tree, int length, int members)
{
    private readonly GatheredPartials _brought = new();
    private readonly List<(ShardNode Node, TreeSum Sum, int? First)> _subtrees = [];
    private readonly List<PartialSum> _nodes = [];

    /// <summary>The subtrees, in shard order; whole once every member has added its slice.</summary>
    public IReadOnlyList<PartialSum> Nodes => _nodes;

    /// <summary>Takes what the members published.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public string? Gather(ReadOnlySpan<PartialSums?> published)
    {
        if (_brought.Gather(published) is { } wrong)
        {
            return wrong;
        }

        if (_brought.IsNew)
        {
            Plan();
        }

        _nodes.Clear();
        foreach (var (node, _, first) in _subtrees)
        {
            _nodes.Add(new(node, first is { } index ? _brought.Sums[index].Values : null));
        }

        return null;
    }

    /// <summary>Adds one member's slice of every subtree. Members may do so at the same time.</summary>
    public void AddSlice(int member)
    {
        var start = (int)((long)length * member / members);
        var count = (int)((long)length * (member + 1) / members) - start;
        foreach (var (_, sum, first) in _subtrees)
        {
            if (!sum.IsTrivial)
            {
                sum.Add(_brought.Sources, start, _brought.Sources[first!.Value].Values.AsSpan(start, count), divisor: null);
            }
        }
    }

    private void Plan()
    {
        var nodes = new List<ShardNode>();
        foreach (var (node, _) in _brought.Sums)
        {
            nodes.Add(node);
            while (nodes.Count > 1 && tree.TryJoin(nodes[^2], nodes[^1], out var parent))
            {
                nodes.RemoveRange(nodes.Count - 2, 2);
                nodes.Add(parent);
            }
        }

        _subtrees.Clear();
        var places = _brought.Places();
        foreach (var node in nodes)
        {
            var first = places.Where(place => place.Key.First >= node.First && place.Key.First < node.First + node.Count).Min(place => place.Value);
            _subtrees.Add((node, new(node, places), first));
        }
    }
}
