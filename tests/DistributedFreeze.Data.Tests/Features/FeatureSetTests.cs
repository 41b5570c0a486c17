using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Features;

public sealed class FeatureSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(FeatureType.Fp32, true, false)]
    [InlineData(FeatureType.Fp32, false, true)]
    [InlineData(FeatureType.Fp32, true, true)]
    [InlineData(FeatureType.Fp16, true, false)]
    [InlineData(FeatureType.Fp16, false, true)]
    [InlineData(FeatureType.Fp16, true, true)]
    [InlineData(FeatureType.Bf16, true, false)]
    [InlineData(FeatureType.Bf16, false, true)]
    [InlineData(FeatureType.Bf16, true, true)]
    public void WhatIsRead_IsWhatWasWrittenRounded(FeatureType type, bool memory, bool disk)
    {
        const int Elements = 77;
        using var store = SmallSet.Store(disk ? _folder.Path : null, memory ? 1 << 20 : 0);
        using var set = store.Open(SmallSet.Key(), Elements, type);
        var read = new float[Elements];

        for (var number = 0; number < 200; number++)
        {
            Assert.False(set.TryRead(SmallSet.Image(number), read));
            Assert.True(set.Write(SmallSet.Image(number), Values(number)));
        }

        for (var number = 0; number < 200; number++)
        {
            var expected = Values(number);
            FeatureRounding.Round(type, expected);
            Assert.True(set.Contains(SmallSet.Image(number)));
            Assert.True(set.TryRead(SmallSet.Image(number), read));
            Assert.Equal(expected, read);
        }

        static float[] Values(int number) => [.. new float[Elements].Select((_, i) => MathF.Sin(number + i) * MathF.Pow(10, i % 5))];
    }

    [Fact]
    public void WhatIsOnDisk_IsReadByTheNextStore()
    {
        SmallSet.Fill(_folder.Path, 130);

        using var store = SmallSet.Store(_folder.Path);
        Assert.True(store.Has(SmallSet.Key()));
        Assert.False(store.Has(SmallSet.Key("other")));
        using var set = store.Open();
        using var other = store.Open("other");

        Assert.Equal(Enumerable.Range(0, 130), set.Read(140));
        Assert.Empty(other.Read(140));
    }

    [Fact]
    public void WritingTwice_KeepsTheFirst()
    {
        foreach (var directory in (string?[])[null, _folder.Path])
        {
            using var store = SmallSet.Store(directory, directory is null ? 1 << 20 : 0);
            using var set = store.Open();
            set.Write(1);

            Assert.True(set.Write(SmallSet.Image(1), SmallSet.Values(2)));
            Assert.Equal([1], set.Read(3));
        }
    }

    [Fact]
    public void AFinishedStoresSegment_IsFilledOn()
    {
        SmallSet.Fill(_folder.Path, 70);
        SmallSet.Fill(_folder.Path, 140);

        SmallSet.Segment(_folder.Path);
        using var store = SmallSet.Store(_folder.Path);
        using var set = store.Open();
        Assert.Equal(140, set.Read(150).Length);
    }

    [Fact]
    public void Memory_IsReadWhereTheDiskIsGone()
    {
        using var store = SmallSet.Store(_folder.Path, memory: 1 << 20);
        using (var writer = SmallSet.Store(_folder.Path))
        using (var set = writer.Open())
        {
            set.Write(0);
            set.Write(1);
        }

        using var kept = store.Open();
        Assert.Equal([0], kept.Read(1)); // from disk, and kept
        SmallSet.Cut(SmallSet.Segment(_folder.Path), 5000);

        Assert.Equal([0], kept.Read(2));
    }

    [Fact]
    public void Memory_IsNeverAboveTheBudget_AndWhatFindsNoRoomIsRefused()
    {
        const int Stride = SmallSet.Elements * sizeof(float);
        using var store = SmallSet.Store(directory: null, memory: (10 * Stride) + (Stride / 2));
        using var set = store.Open();

        var kept = Enumerable.Range(0, 20).Count(number => set.Write(number));

        Assert.Equal(10, kept);
        Assert.Equal(10 * Stride, store.MemoryTaken);
        Assert.Equal(Enumerable.Range(0, 10), set.Read(20));
        Assert.False(set.Contains(SmallSet.Image(15)));
    }

    [Fact]
    public void AClosedSet_StaysInMemoryUntilAnotherNeedsTheRoom()
    {
        using var store = SmallSet.Store(directory: null, memory: 10 * SmallSet.Elements * sizeof(float));
        using (var first = store.Open("first"))
        {
            first.Write(0);
        }

        Assert.True(store.Has(SmallSet.Key("first")));
        using (var first = store.Open("first"))
        {
            Assert.Equal([0], first.Read(2));
            using var second = store.Open("second");
            Assert.False(second.Write(1)); // the first is open
        }

        using (var second = store.Open("second"))
        {
            Assert.True(second.Write(1));
        }

        Assert.False(store.Has(SmallSet.Key("first")));
    }

    [Fact]
    public void Handles_ShareOneSetAndEndEachForItself()
    {
        using var store = SmallSet.Store(_folder.Path);
        var first = store.Open();
        using var second = store.Open();
        first.Write(1);

        first.Dispose();
        first.Dispose();

        Assert.Equal([1], second.Read(2));
        Assert.Throws<ObjectDisposedException>(() => first.Contains(SmallSet.Image(1)));
        Assert.Throws<ArgumentException>(() => store.Open(SmallSet.Key(), 5, FeatureType.Fp32));
        Assert.Throws<ArgumentException>(() => second.TryRead(SmallSet.Image(1), new float[3]));
        Assert.Throws<ArgumentException>(() => second.Write(SmallSet.Image(1), new float[3]));
    }

    [Theory]
    [InlineData(FeatureType.Fp32, 1 << 20)]
    [InlineData(FeatureType.Fp16, 1 << 20)]
    [InlineData(FeatureType.Bf16, 1 << 20)]
    [InlineData(FeatureType.Fp32, 0)]
    [InlineData(FeatureType.Fp16, 0)]
    [InlineData(FeatureType.Bf16, 0)]
    public void Reading_AllocatesNothing(FeatureType type, long memory)
    {
        using var store = SmallSet.Store(_folder.Path, memory);
        using var set = store.Open(SmallSet.Key(), SmallSet.Elements, type);
        for (var number = 0; number < 100; number++)
        {
            set.Write(number);
        }

        var images = Enumerable.Range(0, 100).Select(SmallSet.Image).ToArray();
        var values = new float[SmallSet.Elements];
        ReadAll();
        var before = GC.GetAllocatedBytesForCurrentThread();
        ReadAll();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void ReadAll()
        {
            foreach (ref readonly var image in images.AsSpan())
            {
                if (!set.TryRead(image, values))
                {
                    throw new InvalidOperationException();
                }
            }
        }
    }
}
