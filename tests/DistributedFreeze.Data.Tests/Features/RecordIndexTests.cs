using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Features;

public sealed class RecordIndexTests : IDisposable
{
    private static readonly ImageHash Image = SmallSet.Image(1);
    private readonly RecordIndex _index = new();
    private readonly MemoryChunk _chunk = new(new(1 << 20, () => false), stride: 64, records: 4);

    public void Dispose() => _chunk.Dispose();

    [Fact]
    public void AnImage_HasOneRecord()
    {
        Assert.True(_index.TryAdd(Image, InMemory(0)));
        Assert.False(_index.TryAdd(Image, InMemory(1)));

        Assert.Equal((1, 0), (_index.Count, Find().Record));
    }

    [Fact]
    public void WhatIsFoundOnDisk_IsTheCopyOfWhatIsInMemoryOnly()
    {
        _index.TryAdd(Image, InMemory(3));

        _index.AddFound(new(Image, Checksum: 7), segment: 1, slot: 2);

        Assert.Equal(OnDisk(1, 2, 7) with { Chunk = _chunk, Record = 3 }, Find());
    }

    [Fact]
    public void ADamagedRecord_IsReplacedByTheNextCopyThatWasFound()
    {
        _index.AddFound(new(Image, Checksum: 7), segment: 0, slot: 0);
        _index.AddFound(new(Image, Checksum: 8), segment: 1, slot: 5);

        _index.Forget(Image, OnDisk(0, 0, 7));
        Assert.Equal(OnDisk(1, 5, 8), Find());

        _index.Forget(Image, OnDisk(1, 5, 8));
        Assert.False(_index.Contains(Image));
    }

    [Fact]
    public void BytesOfAnotherChecksum_AreNoCopyOfARecord()
    {
        _index.TryAdd(Image, InMemory(3));

        _index.AddFound(new(Image, Checksum: 8), segment: 1, slot: 2);
        Assert.Equal(InMemory(3), Find());

        _index.ForgetMemory(Image, InMemory(3));
        Assert.Equal(OnDisk(1, 2, 8), Find());
        Assert.False(_index.TryAddMemory(Image, _chunk, 0, 7));
    }

    [Fact]
    public void ACopyThatIsDamaged_LeavesTheRecordOnDisk()
    {
        _index.TryAdd(Image, InMemory(3));
        _index.AddFound(new(Image, Checksum: 7), segment: 1, slot: 2);

        _index.ForgetMemory(Image, Find());

        Assert.Equal(OnDisk(1, 2, 7), Find());
    }

    [Fact]
    public void ARecordThatWasReplacedMeanwhile_IsNotForgotten()
    {
        _index.AddFound(new(Image, Checksum: 7), segment: 0, slot: 0);

        _index.Forget(Image, OnDisk(0, 1, 7));

        Assert.True(_index.Contains(Image));
    }

    [Fact]
    public void MemoryIsAdded_WhereThereIsARecordWithoutIt()
    {
        Assert.False(_index.TryAddMemory(Image, _chunk, 0, 7));
        _index.AddFound(new(Image, Checksum: 7), segment: 0, slot: 0);

        Assert.True(_index.TryAddMemory(Image, _chunk, 1, 7));
        Assert.False(_index.TryAddMemory(Image, _chunk, 2, 7));

        Assert.Equal(OnDisk(0, 0, 7) with { Chunk = _chunk, Record = 1 }, Find());
    }

    [Fact]
    public void WithoutTheDisk_WhatIsInMemoryIsLeft()
    {
        var other = SmallSet.Image(2);
        _index.AddFound(new(Image, Checksum: 7), segment: 0, slot: 0);
        _index.AddFound(new(Image, Checksum: 8), segment: 1, slot: 0);
        _index.TryAddMemory(Image, _chunk, 1, 7);
        _index.AddFound(new(other, Checksum: 9), segment: 0, slot: 1);

        _index.ForgetDisk();

        Assert.False(_index.Contains(other));
        Assert.False(Find().OnDisk);
        _index.Forget(Image, Find());
        Assert.False(_index.Contains(Image)); // and no spare takes its place
    }

    private RecordPlace Find() => _index.TryFind(Image, out var place) ? place : throw new InvalidOperationException("There is none.");

    private RecordPlace InMemory(int record) => new() { Chunk = _chunk, Record = record, Checksum = 7 };

    private static RecordPlace OnDisk(int segment, int slot, ulong checksum) =>
        new() { OnDisk = true, Segment = segment, Slot = slot, Checksum = checksum };
}
