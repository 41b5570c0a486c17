using DistributedFreeze.Errors;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>The order in which one host adds up the subtrees of all, and where each of them lies.</summary>
/// <param name="plan">The exchange.</param>
/// <param name="blockLength">Floats from one subtree of a received block to the next.</param>
internal sealed class CrossHostReduction(ProcessGroup plan, int blockLength)
{
    private readonly ShardNode _root = new ShardTree(plan.Shards).Root;
    private readonly int[] _broughtBy = new int[plan.Shards];
    private readonly List<(HeaderNode Node, int Host)> _layout = [];
    private readonly List<(HeaderNode Node, int Host)> _next = [];
    private NodeSource[] _sources = [];
    private NodeSource[] _plainSources = [];
    private (float[] Values, int Piece, bool IsOwn)[] _places = [];
    private TreeSum? _sum;

    /// <summary>Takes note of what every host brings to a step.</summary>
    /// <exception cref="ExchangeBrokenException">A shard is missing or was brought twice, or the hosts do not agree on the step.</exception>
    public void Plan(StepHeader own, IReadOnlyList<PartialSum> nodes, ReadOnlySpan<PeerReceiver?> receivers, int samples)
    {
        _next.Clear();
        for (var host = 0; host < receivers.Length; host++)
        {
            var head = receivers[host]?.Head ?? own;
            if (head.Samples != samples)
            {
                throw new ExchangeBrokenException($"{plan.HostName(host)} counts {head.Samples} images in the step; this host counts {samples}.");
            }

            for (var i = 0; i < head.Nodes.Count; i++)
            {
                _next.Add((head.Nodes[i], host));
            }
        }

        if (!HasKnownLayout())
        {
            CheckShards();
            Lay();
        }

        _layout.Clear();
        _layout.AddRange(_next);
        Place(nodes, receivers);
    }

    /// <summary>Adds one block of all sums.</summary>
    /// <param name="start">Its first element.</param>
    /// <param name="destination">Takes the means.</param>
    /// <param name="samples">What they are divided by.</param>
    public void Add(int start, Span<float> destination, int samples)
    {
        for (var i = 0; i < _places.Length; i++)
        {
            var (values, piece, isOwn) = _places[i];
            _sources[i] = new(values, isOwn ? 0 : (piece * blockLength) - start);
        }

        _sum!.Add(_sources, start, destination, samples);
    }

    /// <summary>Adds the plain sums that came in the heads.</summary>
    public void AddPlainSums(Span<float> destination) => _sum!.Add(_plainSources, 0, destination, divisor: null);

    private bool HasKnownLayout()
    {
        if (_sum is null || _next.Count != _layout.Count)
        {
            return false;
        }

        for (var i = 0; i < _next.Count; i++)
        {
            if (_next[i].Host != _layout[i].Host || _next[i].Node.Node != _layout[i].Node.Node || _next[i].Node.IsEmpty != _layout[i].Node.IsEmpty)
            {
                return false;
            }
        }

        return true;
    }

    private void CheckShards()
    {
        _broughtBy.AsSpan().Fill(-1);
        foreach (var (node, host) in _next)
        {
            var (first, count) = node.Node;
            if (first < 0 || count < 1 || first > plan.Shards - count)
            {
                throw new ExchangeBrokenException(
                    $"{plan.HostName(host)} brings {count} shards from {first} on; the run has shards 0 to {plan.Shards - 1}.");
            }

            var brought = _broughtBy.AsSpan(first, count);
            if (brought.IndexOfAnyExcept(-1) is var twice and >= 0)
            {
                throw new ExchangeBrokenException(
                    $"Shard {first + twice} was brought by two replicas, of {plan.HostName(brought[twice])} and {plan.HostName(host)}.");
            }

            brought.Fill(host);
        }

        if (_broughtBy.IndexOf(-1) is var missing and >= 0)
        {
            throw new ExchangeBrokenException($"Shard {missing} was brought by no replica.");
        }
    }

    private void Lay()
    {
        var filled = 0;
        var sources = new Dictionary<ShardNode, int?>();
        foreach (var (node, host) in _next)
        {
            if (!IsNode(node.Node))
            {
                throw new ExchangeBrokenException(
                    $"{plan.HostName(host)} brings {node.Node.Count} shards from {node.Node.First} on, which are no subtree of {plan.Shards} shards.");
            }

            sources.Add(node.Node, node.IsEmpty ? null : filled++);
        }

        _sum = new(_root, sources);
        _sources = new NodeSource[filled];
        _places = new (float[], int, bool)[filled];
        _plainSources = [.. Enumerable.Range(0, filled).Select(_ => new NodeSource(new float[ExchangeVector.SumElements], 0))];
    }

    /// <summary>Says where the subtrees with numbers lie, in the order of the layout.</summary>
    private void Place(IReadOnlyList<PartialSum> nodes, ReadOnlySpan<PeerReceiver?> receivers)
    {
        var at = 0;
        var host = -1;
        var piece = 0;
        var own = 0;
        foreach (var (node, of) in _next)
        {
            piece = of == host ? piece : 0;
            host = of;
            var values = receivers[of] is { } receiver ? receiver.Sums : nodes[own++].Values;
            if (!node.IsEmpty)
            {
                _places[at] = (values!, piece++, receivers[of] is null);
                _plainSources[at].Values[0] = node.Loss;
                _plainSources[at].Values[1] = node.Correct;
                at++;
            }
        }
    }

    private bool IsNode(ShardNode node)
    {
        for (var at = _root; ;)
        {
            if (at == node)
            {
                return true;
            }

            if (at.IsLeaf || node.Count > at.Count)
            {
                return false;
            }

            var (left, right) = at.Halves();
            at = node.First < right.First ? left : right;
        }
    }
}
