namespace DistributedFreeze.Training.Exchange;

/// <summary>What the members of one host bring to a step, added up to the largest whole subtrees of shards.</summary>
/// <remarks>Sums are added onto the first one in place: their owners do not read them again. Not thread-safe but for <see cref="AddSlice"/>.</remarks>
/// <param name="tree">The run's tree.</param>
/// <param name="length">Elements of a vector.</param>
/// <param name="members">Members of the host.</param>
internal sealed class HostSums(ShardTree tree, int length, int members)
{
    private readonly List<PartialSum> _brought = [];
    private readonly List<(ShardNode Node, bool IsEmpty)> _layout = [];
    private readonly List<(ShardNode Node, TreeSum Sum, int? First)> _subtrees = [];
    private readonly List<PartialSum> _nodes = [];
    private NodeSource[] _sources = [];

    /// <summary>The subtrees, in shard order; whole once every member has added its slice.</summary>
    public IReadOnlyList<PartialSum> Nodes => _nodes;

    /// <summary>Takes what the members published.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public string? Gather(ReadOnlySpan<PartialSums?> published)
    {
        _brought.Clear();
        foreach (var sums in published)
        {
            for (var i = 0; i < sums!.Nodes.Count; i++)
            {
                _brought.Add(sums.Nodes[i]);
            }
        }

        _brought.Sort(static (one, other) => one.Node.First.CompareTo(other.Node.First));
        for (var i = 1; i < _brought.Count; i++)
        {
            if (_brought[i - 1].Node.First + _brought[i - 1].Node.Count > _brought[i].Node.First)
            {
                return $"Shard {_brought[i].Node.First} was brought by two replicas.";
            }
        }

        if (!HasKnownLayout())
        {
            Plan();
        }

        for (var i = 0; i < _sources.Length; i++)
        {
            _sources[i] = new(_brought[i].Values ?? [], 0);
        }

        _nodes.Clear();
        foreach (var (node, _, first) in _subtrees)
        {
            _nodes.Add(new(node, first is { } index ? _brought[index].Values : null));
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
                sum.Add(_sources, start, _sources[first!.Value].Values.AsSpan(start, count), divisor: null);
            }
        }
    }

    private bool HasKnownLayout()
    {
        if (_layout.Count != _brought.Count)
        {
            return false;
        }

        for (var i = 0; i < _layout.Count; i++)
        {
            if (_layout[i] != (_brought[i].Node, _brought[i].Values is null))
            {
                return false;
            }
        }

        return true;
    }

    private void Plan()
    {
        _layout.Clear();
        _layout.AddRange(_brought.Select(sum => (sum.Node, sum.Values is null)));
        _sources = new NodeSource[_brought.Count];
        var sources = new Dictionary<ShardNode, int?>();
        var nodes = new List<ShardNode>();
        for (var i = 0; i < _brought.Count; i++)
        {
            sources.Add(_brought[i].Node, _brought[i].Values is null ? null : i);
            nodes.Add(_brought[i].Node);
            while (nodes.Count > 1 && tree.TryJoin(nodes[^2], nodes[^1], out var parent))
            {
                nodes.RemoveRange(nodes.Count - 2, 2);
                nodes.Add(parent);
            }
        }

        _subtrees.Clear();
        foreach (var node in nodes)
        {
            var first = _brought.FindIndex(sum => sum.Values is not null && sum.Node.First >= node.First && sum.Node.First < node.First + node.Count);
            _subtrees.Add((node, new(node, sources), first < 0 ? null : first));
        }
    }
}
