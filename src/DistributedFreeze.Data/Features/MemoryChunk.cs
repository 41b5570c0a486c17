using System.Runtime.InteropServices;

namespace DistributedFreeze.Data.Features;

/// <summary>A block of native memory for records; it lives until the last reader is through.</summary>
internal sealed unsafe class MemoryChunk : SafeHandle
{
    private const int Alignment = 64;

    private readonly MemoryBudget _budget;
    private readonly long _bytes;
    private readonly int _stride;

    public MemoryChunk(MemoryBudget budget, int stride, int records)
        : base(invalidHandleValue: 0, ownsHandle: true)
    {
        _budget = budget;
        _stride = stride;
        _bytes = (long)stride * records;
        SetHandle((nint)NativeMemory.AlignedAlloc((nuint)_bytes, Alignment));
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Whether the set gave it up; a reader may still hold it. Set under the lock of whoever reads it.</summary>
    public bool IsFreed { get; private set; }

    /// <summary>A record's memory, for someone who holds a reference.</summary>
    public Span<byte> Record(int index, int length) => new((byte*)handle + ((long)index * _stride), length);

    /// <summary>Gives it up.</summary>
    public void Free()
    {
        IsFreed = true;
        Dispose();
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        _budget.Return(_bytes);
        return true;
    }
}
