using System.Runtime.InteropServices;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Features;

public sealed class RecordMemoryTests : IDisposable
{
    private const int Records = 3;
    private static readonly SegmentLayout Layout = new(Elements: 16, FeatureType.Fp32);
    private static readonly ImageHash Image = SmallSet.Image(1);
    private readonly CacheCounts _counts = new();
    private readonly MemoryBudget _budget = new(Records * Layout.Stride, () => false);
    private readonly RecordMemory _memory;

    public RecordMemoryTests() => _memory = new(_budget, Layout, _counts);

    public void Dispose() => _memory.Free();

    [Fact]
    public void AnImage_HasOneRecord_AndTheFirstIsKept()
    {
        Assert.True(Add(Image, 1));
        Assert.True(Add(Image, 2));

        Assert.Equal((1, 1f), (_memory.Count, Read(Image)));
        Assert.True(Add(SmallSet.Image(2), 2)); // the place that was not needed is used again
        Assert.True(Add(SmallSet.Image(3), 3));
        Assert.False(Add(SmallSet.Image(4), 4));
    }

    [Fact]
    public void ADamagedRecord_IsForgottenAndItsPlaceNotUsedAgain()
    {
        Add(Image, 1);
        _memory.Find(Image)[5] ^= 1;

        Assert.Null(Read(Image));
        Assert.Equal((false, 1), (_memory.Contains(Image), _counts.MemoryDamages));
        Assert.Equal([true, true, false], Enumerable.Range(0, Records).Select(number => Add(SmallSet.Image(number), 1)));
    }

    [Fact]
    public void WhatWasReadBeforeAllWasGivenBack_DoesNotComeBack()
    {
        var generation = _memory.Generation;
        Add(Image, 1);
        Assert.True(_memory.Free());
        Assert.False(_memory.Free());

        Assert.False(_memory.TryAdd(Image, new byte[Layout.PayloadBytes], generation));

        Assert.Null(Read(Image));
        Assert.Equal([true, true, true, false], Enumerable.Range(0, Records + 1).Select(number => Add(SmallSet.Image(number), 1)));
    }

    [Fact]
    public void WhatIsGivenBack_GoesToTheBudget()
    {
        Add(Image, 1);
        Assert.Equal(Records * Layout.Stride, _budget.Taken);

        _memory.Free();

        Assert.Equal((0, 0), (_budget.Taken, _memory.Count));
    }

    private bool Add(in ImageHash image, float value) =>
        _memory.TryAdd(image, MemoryMarshal.AsBytes<float>(Enumerable.Repeat(value, Layout.Elements).ToArray()), _memory.Generation);

    private float? Read(in ImageHash image)
    {
        var values = new float[Layout.Elements];
        return _memory.TryRead(image, values) ? values[0] : null;
    }
}
