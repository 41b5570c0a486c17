using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace DistributedFreeze.Exchange;

/// <summary>The additions that make one node of the shard tree out of the sums that are there, in tree order.</summary>
/// <remarks>Made once for a division of the shards and used for every block of every step. Immutable and thread-safe.</remarks>
internal sealed class TreeSum
{
    /// <summary>Floats added at a time: a block of every operand stays in the first-level cache.</summary>
    private const int BlockLength = 1024;

    private readonly List<Addition> _additions = [];
    private readonly int? _only;
    private readonly int _temporaries;

    /// <param name="root">The node to make.</param>
    /// <param name="sources">Where each sum under it is found; null where none of its shards has an image. Together they cover the root.</param>
    public TreeSum(ShardNode root, IReadOnlyDictionary<ShardNode, int?> sources)
    {
        _only = Plan(root, 0, sources);
        _temporaries = _additions.Count == 0 ? 0 : _additions.Max(addition => addition.Into);
    }

    /// <summary>True where a single sum is the node, so that nothing needs to be added.</summary>
    public bool IsTrivial => _additions.Count == 0;

    /// <summary>Adds a part of the vector.</summary>
    /// <param name="sources">The sums.</param>
    /// <param name="start">The part's first element.</param>
    /// <param name="destination">Takes the part; may be the leftmost sum's own part.</param>
    /// <param name="divisor">What the sum is divided by; null where it stays a sum.</param>
    [SkipLocalsInit]
    public void Add(ReadOnlySpan<NodeSource> sources, int start, Span<float> destination, int? divisor)
    {
        Span<float> temporaries = stackalloc float[_temporaries * BlockLength];
        for (var done = 0; done < destination.Length; done += BlockLength)
        {
            var block = destination.Slice(done, Math.Min(BlockLength, destination.Length - done));
            if (_additions.Count > 0)
            {
                foreach (var addition in _additions)
                {
                    TensorPrimitives.Add<float>(
                        Operand(addition.Left, sources, start + done, block, temporaries),
                        Operand(addition.Right, sources, start + done, block, temporaries),
                        Temporary(addition.Into, block, temporaries));
                }
            }
            else if (_only is { } only)
            {
                Operand(only, sources, start + done, block, temporaries).CopyTo(block);
            }
            else
            {
                block.Clear();
            }

            if (divisor is { } number)
            {
                TensorPrimitives.Divide(block, number, block);
            }
        }
    }

    /// <summary>A source where not negative, else the complement of a temporary; the destination is the first of those.</summary>
    private static ReadOnlySpan<float> Operand(
        int operand, ReadOnlySpan<NodeSource> sources, int start, Span<float> block, Span<float> temporaries) =>
        operand >= 0
            ? sources[operand].Values.AsSpan(start + sources[operand].Shift, block.Length)
            : Temporary(~operand, block, temporaries);

    private static Span<float> Temporary(int index, Span<float> block, Span<float> temporaries) =>
        index == 0 ? block : temporaries.Slice((index - 1) * BlockLength, block.Length);

    private int? Plan(ShardNode node, int into, IReadOnlyDictionary<ShardNode, int?> sources)
    {
        if (sources.TryGetValue(node, out var source))
        {
            return source;
        }

        // The left half is added up before a temporary of the same number is written, so a destination may be its leftmost source.
        var (leftHalf, rightHalf) = node.Halves();
        var left = Plan(leftHalf, into, sources);
        var right = Plan(rightHalf, left is null ? into : into + 1, sources);
        if (left is null || right is null)
        {
            return left ?? right;
        }

        _additions.Add(new(left.Value, right.Value, into));
        return ~into;
    }

    private readonly record struct Addition(int Left, int Right, int Into);
}

/// <summary>Where the sum over a node lies: element i of the vector is element i + <paramref name="Shift"/> of the array.</summary>
internal readonly record struct NodeSource(float[] Values, int Shift);
