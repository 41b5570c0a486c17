using System.Buffers.Binary;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>What a host says about a step before its sums: which subtrees it brings, their plain sums, and whether someone wants to stop.</summary>
/// <remarks>Reused from step to step. Not thread-safe.</remarks>
internal sealed class StepHeader
{
    private const int FixedSize = 12;
    private const int NodeSize = 12 + (ExchangeVector.SumElements * sizeof(float));
    private readonly List<HeaderNode> _nodes = [];

    public int Samples { get; private set; }

    public bool WantsStop { get; private set; }

    public IReadOnlyList<HeaderNode> Nodes => _nodes;

    /// <summary>Subtrees of which numbers follow.</summary>
    public int Filled { get; private set; }

    /// <summary>Bytes of a head.</summary>
    public static int Size(int nodes) => FixedSize + (nodes * NodeSize);

    /// <summary>Describes this host's own step.</summary>
    public void Describe(IReadOnlyList<PartialSum> nodes, int samples, bool wantsStop)
    {
        (Samples, WantsStop) = (samples, wantsStop);
        Clear();
        for (var i = 0; i < nodes.Count; i++)
        {
            var (node, values) = nodes[i];
            Add(values is null ? new(node, IsEmpty: true, 0, 0) : new(node, IsEmpty: false, values[ExchangeVector.Loss], values[ExchangeVector.Correct]));
        }
    }

    /// <returns>Bytes written.</returns>
    public int Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Samples);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], WantsStop ? 1 : 0);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], _nodes.Count);
        var rest = bytes[FixedSize..];
        for (var i = 0; i < _nodes.Count; i++, rest = rest[NodeSize..])
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, _nodes[i].Node.First);
            BinaryPrimitives.WriteInt32LittleEndian(rest[4..], _nodes[i].Node.Count);
            BinaryPrimitives.WriteInt32LittleEndian(rest[8..], _nodes[i].IsEmpty ? 1 : 0);
            BinaryPrimitives.WriteSingleLittleEndian(rest[12..], _nodes[i].Loss);
            BinaryPrimitives.WriteSingleLittleEndian(rest[16..], _nodes[i].Correct);
        }

        return Size(_nodes.Count);
    }

    /// <exception cref="InvalidDataException">The bytes are no head.</exception>
    public void Read(ReadOnlySpan<byte> bytes)
    {
        var count = bytes.Length < FixedSize ? -1 : BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (count < 0 || bytes.Length != FixedSize + ((long)count * NodeSize))
        {
            throw new InvalidDataException($"sent a head of {bytes.Length} bytes for {count} subtrees");
        }

        Samples = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        WantsStop = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]) != 0;
        Clear();
        for (var rest = bytes[FixedSize..]; !rest.IsEmpty; rest = rest[NodeSize..])
        {
            Add(new(
                new(BinaryPrimitives.ReadInt32LittleEndian(rest), BinaryPrimitives.ReadInt32LittleEndian(rest[4..])),
                BinaryPrimitives.ReadInt32LittleEndian(rest[8..]) != 0,
                BinaryPrimitives.ReadSingleLittleEndian(rest[12..]),
                BinaryPrimitives.ReadSingleLittleEndian(rest[16..])));
        }
    }

    private void Clear()
    {
        _nodes.Clear();
        Filled = 0;
    }

    private void Add(HeaderNode node)
    {
        _nodes.Add(node);
        Filled += node.IsEmpty ? 0 : 1;
    }
}

/// <summary>One subtree that a host brings.</summary>
/// <param name="Node">The subtree.</param>
/// <param name="IsEmpty">True where none of its shards has an image in this step.</param>
/// <param name="Loss">Its sum of losses.</param>
/// <param name="Correct">Its number of correct answers.</param>
internal readonly record struct HeaderNode(ShardNode Node, bool IsEmpty, float Loss, float Correct);
