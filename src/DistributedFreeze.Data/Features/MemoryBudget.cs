namespace DistributedFreeze.Data.Features;

/// <summary>Bytes of memory that the sets of a store share. Thread-safe.</summary>
/// <param name="bytes">The most that is ever taken.</param>
/// <param name="makeRoom">Frees the memory of a set that nobody has open; false where there is none.</param>
/// <param name="shared">The budget that this one's comes out of; null where it stands alone.</param>
internal sealed class MemoryBudget(long bytes, Func<bool> makeRoom, MemoryBudget? shared = null)
{
    private readonly Lock _gate = new(); // for those who take: what is given back meanwhile only makes more room
    private long _taken;

    /// <summary>Bytes taken now.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>Takes room for some records.</summary>
    /// <param name="stride">Bytes of one.</param>
    /// <param name="wanted">Records wanted, at least 1.</param>
    /// <returns>Records taken, down to 0.</returns>
    public int Take(int stride, int wanted)
    {
        var own = TakeOwn(stride, wanted);
        while (own == 0 && stride <= bytes && makeRoom()) // under no lock: it locks other sets, and gives back here
        {
            own = TakeOwn(stride, wanted);
        }

        var both = own == 0 || shared is null ? own : shared.Take(stride, own);
        Interlocked.Add(ref _taken, (long)(both - own) * stride);
        return both;
    }

    public void Return(long returned)
    {
        Interlocked.Add(ref _taken, -returned);
        shared?.Return(returned);
    }

    private int TakeOwn(int stride, int wanted)
    {
        lock (_gate)
        {
            var records = (int)Math.Min(wanted, (bytes - Taken) / stride);
            Interlocked.Add(ref _taken, (long)records * stride);
            return records;
        }
    }
}
