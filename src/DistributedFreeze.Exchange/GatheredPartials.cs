namespace DistributedFreeze.Exchange;

/// <summary>What the members of one host bring to a step, in shard order. Not thread-safe.</summary>
/// <remarks>Steps bring the same subtrees again and again: what is planned for them holds until <see cref="IsNew"/>.</remarks>
internal sealed class GatheredPartials
{
    private readonly List<PartialSum> _sums = [];
    private readonly List<(ShardNode Node, bool IsEmpty)> _layout = [];
    private NodeSource[] _sources = [];

    /// <summary>The sums of the step.</summary>
    public IReadOnlyList<PartialSum> Sums => _sums;

    /// <summary>Where each of them lies, for a <see cref="TreeSum"/> that was made of <see cref="Places"/>.</summary>
    public NodeSource[] Sources => _sources;

    /// <summary>Whether the step brings other subtrees than the one before.</summary>
    public bool IsNew { get; private set; }

    /// <summary>Takes what the members published.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public string? Gather(ReadOnlySpan<PartialSums?> published)
    {
        _sums.Clear();
        foreach (var sums in published)
        {
            for (var i = 0; i < sums!.Nodes.Count; i++)
            {
                _sums.Add(sums.Nodes[i]);
            }
        }

        _sums.Sort(static (one, other) => one.Node.First.CompareTo(other.Node.First));
        for (var i = 1; i < _sums.Count; i++)
        {
            if (_sums[i - 1].Node.First + _sums[i - 1].Node.Count > _sums[i].Node.First)
            {
                return $"Shard {_sums[i].Node.First} was brought by two replicas.";
            }
        }

        IsNew = !HasKnownLayout();
        if (IsNew)
        {
            _layout.Clear();
            _layout.AddRange(_sums.Select(sum => (sum.Node, sum.Values is null)));
            _sources = new NodeSource[_sums.Count];
        }

        for (var i = 0; i < _sources.Length; i++)
        {
            _sources[i] = new(_sums[i].Values ?? [], 0);
        }

        return null;
    }

    /// <summary>The first shard that nobody brings; null where there is none.</summary>
    /// <param name="shards">Shards of the run.</param>
    public int? Missing(int shards)
    {
        var next = 0;
        foreach (var (node, _) in _sums)
        {
            if (node.First != next)
            {
                return next;
            }

            next += node.Count;
        }

        return next < shards ? next : null;
    }

    /// <summary>Index of every subtree's sum; null where none of its shards has an image.</summary>
    public Dictionary<ShardNode, int?> Places()
    {
        var places = new Dictionary<ShardNode, int?>();
        for (var i = 0; i < _sums.Count; i++)
        {
            places.Add(_sums[i].Node, _sums[i].Values is null ? null : i);
        }

        return places;
    }

    private bool HasKnownLayout()
    {
        if (_layout.Count != _sums.Count)
        {
            return false;
        }

        for (var i = 0; i < _layout.Count; i++)
        {
            if (_layout[i] != (_sums[i].Node, _sums[i].Values is null))
            {
                return false;
            }
        }

        return true;
    }
}
