namespace DistributedFreeze.Exchange;

/// <summary>How the means of a vector are cut among hosts, and into the blocks in which they travel. Immutable.</summary>
/// <remarks>
/// A long vector is cut into one slice per host, which adds it up for all: the fewest bytes. A short one is not cut: every host sends
/// its sums whole and adds everything itself, one hop instead of two. The plain sums at the end travel apart, in the head of a step.
/// </remarks>
/// <param name="length">Elements of the vector, more than <see cref="ExchangeVector.SumElements"/>.</param>
/// <param name="hosts">Number of hosts, at least 2.</param>
internal sealed class VectorPartition(int length, int hosts)
{
    /// <summary>Bytes up to which a vector is sent whole.</summary>
    private const int ShortBytes = 128 * 1024;

    /// <summary>Floats of a block: what is received is added while it is in the cache.</summary>
    private const int LongBlock = 64 * 1024;

    /// <summary>Elements that are means.</summary>
    public int Means { get; } = length - ExchangeVector.SumElements;

    /// <summary>True where every host adds the whole vector.</summary>
    public bool IsShort => Means * sizeof(float) <= ShortBytes;

    /// <summary>Floats of the longest block.</summary>
    public int MaxBlock => IsShort ? Means : LongBlock;

    /// <summary>Number of blocks that a host adds.</summary>
    public int Blocks(int host) => (End(host) - First(host) + MaxBlock - 1) / MaxBlock;

    /// <summary>Number of blocks that a host sends to the others when they are added.</summary>
    public int Totals(int host) => IsShort ? 0 : Blocks(host);

    /// <summary>One of the blocks that a host adds.</summary>
    public (int Start, int Count) Block(int host, int block)
    {
        var start = First(host) + (block * MaxBlock);
        return (start, Math.Min(MaxBlock, End(host) - start));
    }

    private int First(int host) => IsShort ? 0 : (int)((long)Means * host / hosts);

    private int End(int host) => IsShort ? Means : (int)((long)Means * (host + 1) / hosts);
}
