using System.Runtime.InteropServices;

namespace DistributedFreeze.Data.Features;

/// <summary>A block of native memory for records; it lives until it's disposed and the last reader is through.</summary>
/// <remarks>All but making and disposing is for those who hold a reference (<see cref="SafeHandle.DangerousAddRef"/>).</remarks>
internal sealed unsafe class MemoryChunk : SafeHandle
{
    private const int Alignment = 64;

    private readonly MemoryBudget _budget;
    private readonly long _bytes;
    private readonly int _stride;
    private readonly ulong[] _sums;

    public MemoryChunk(MemoryBudget budget, int stride, int records)
        : base(invalidHandleValue: 0, ownsHandle: true)
    {
        _budget = budget;
        _stride = stride;
        _bytes = (long)stride * records;
        _sums = new ulong[records];
        SetHandle((nint)NativeMemory.AlignedAlloc((nuint)_bytes, Alignment));
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Keeps a copy of a record, for whom the place belongs to.</summary>
    public void Put(int index, ReadOnlySpan<byte> payload)
    {
        payload.CopyTo(Record(index, payload.Length));
        _sums[index] = MemorySum.Of(payload); // of what was copied: a bit that flips in between shows
    }

    /// <param name="index">The record's number.</param>
    /// <param name="length">Bytes of it; as many as were put.</param>
    /// <param name="payload">Its bytes, in place.</param>
    /// <returns>Whether they are still what was put.</returns>
    public bool TryGet(int index, int length, out ReadOnlySpan<byte> payload)
    {
        payload = Record(index, length);
        return MemorySum.Of(payload) == _sums[index];
    }

    /// <summary>A record's memory, unchecked.</summary>
    public Span<byte> Record(int index, int length) => new((byte*)handle + ((long)index * _stride), length);

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        _budget.Return(_bytes);
        return true;
    }
}
