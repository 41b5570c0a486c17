namespace DistributedFreeze.Data.Features;

/// <summary>Bytes of memory that the sets of a store share. Thread-safe.</summary>
/// <param name="bytes">The most that is ever taken.</param>
/// <param name="makeRoom">Frees the memory of a set that nobody has open; false where there is none.</param>
/// <param name="shared">The budget that this one's comes out of; null where it stands alone.</param>
internal sealed class MemoryBudget(long bytes, Func<bool> makeRoom, MemoryBudget? shared = null)
{
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
        if (shared is null || own == 0)
        {
            return own;
        }

        var both = shared.Take(stride, own);
        ReturnOwn((long)(own - both) * stride);
        return both;
    }

    public void Return(long returned)
    {
        ReturnOwn(returned);
        shared?.Return(returned);
    }

    private int TakeOwn(int stride, int wanted)
    {
        if (stride > bytes)
        {
            return 0;
        }

        do
        {
            var taken = Taken;
            var records = (int)Math.Min(wanted, (bytes - taken) / stride);
            while (records > 0)
            {
                var seen = Interlocked.CompareExchange(ref _taken, taken + ((long)records * stride), taken);
                if (seen == taken)
                {
                    return records;
                }

                taken = seen;
                records = (int)Math.Min(wanted, (bytes - taken) / stride);
            }
        }
        while (makeRoom());

        return 0;
    }

    private void ReturnOwn(long returned) => Interlocked.Add(ref _taken, -returned);
}
