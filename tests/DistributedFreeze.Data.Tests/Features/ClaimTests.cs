using System.Collections.Concurrent;

namespace DistributedFreeze.Data.Features;

[Slow]
public sealed class ClaimTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void AnImage_IsClaimedByOne(bool twoStores, bool disk)
    {
        using var store = SmallSet.Store(disk ? _folder.Path : null, 1 << 20);
        using var second = SmallSet.Store(_folder.Path, 1 << 20);
        using var set = store.Open();
        using var other = (twoStores ? second : store).Open();

        using var claim = set.TryClaim(SmallSet.Image(1));
        Assert.NotNull(claim);
        Assert.Null(set.TryClaim(SmallSet.Image(1)));
        Assert.Null(other.TryClaim(SmallSet.Image(1)));
        using (var another = other.TryClaim(SmallSet.Image(2)))
        {
            Assert.NotNull(another);
        }

        claim.Dispose();
        using var again = other.TryClaim(SmallSet.Image(1));
        Assert.NotNull(again);
        claim.Dispose(); // a second time, and the other's claim stays
        Assert.Null(set.TryClaim(SmallSet.Image(1)));
    }

    [Fact]
    public void AnImageThatAnotherStoreHas_IsNoClaimHere()
    {
        using var store = SmallSet.Store(_folder.Path);
        using var second = SmallSet.Store(_folder.Path);
        using var set = store.Open();
        using var other = second.Open();
        var seen = set.Claims.Ended;
        using (other.TryClaim(SmallSet.Image(1)))
        {
            Assert.Null(set.TryClaim(SmallSet.Image(1)));
            Assert.False(set.Claims.WaitForEnd(seen, [SmallSet.Image(1)], TimeSpan.Zero));
        }

        using var claim = set.TryClaim(SmallSet.Image(1));
        Assert.NotNull(claim);
    }

    [Fact]
    public void WhatAnotherStoreHasWritten_IsNotClaimed()
    {
        using var store = SmallSet.Store(_folder.Path);
        using var second = SmallSet.Store(_folder.Path);
        using var set = store.Open();
        using var other = second.Open();
        for (var number = 0; number < 200; number++)
        {
            using (var claim = set.TryClaim(SmallSet.Image(number)))
            {
                Assert.NotNull(claim);
                set.Write(number);
            }

            Assert.Null(other.TryClaim(SmallSet.Image(number)));
        }

        Assert.Equal(200, other.Read(201).Length);
    }

    [Fact]
    public void AClaim_EndsWithItsStore()
    {
        using var second = SmallSet.Store(_folder.Path);
        using var other = second.Open();
        var store = SmallSet.Store(_folder.Path);
        var claim = store.Open().TryClaim(SmallSet.Image(1));
        Assert.Null(other.TryClaim(SmallSet.Image(1)));

        store.Dispose();

        using var again = other.TryClaim(SmallSet.Image(1));
        Assert.NotNull(again);
        claim!.Dispose();
        using var third = SmallSet.Store(_folder.Path);
        using var set = third.Open();
        Assert.Null(set.TryClaim(SmallSet.Image(1)));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1 << 20)]
    [InlineData(2, 0)]
    [InlineData(2, 1 << 20)]
    public void Threads_ComputeEachImageOnce(int stores, long memory)
    {
        const int Images = 400;
        const int Threads = 4;
        using var first = SmallSet.Store(_folder.Path, memory);
        using var second = SmallSet.Store(_folder.Path, memory);
        var computed = new ConcurrentDictionary<int, int>();
        using var start = new Barrier(Threads);
        var failures = new ConcurrentQueue<Exception>();
        var threads = Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            try
            {
                using var set = (thread % stores == 0 ? first : second).Open();
                start.SignalAndWait();
                set.FillTogether(Images, seed: thread, number => computed.AddOrUpdate(number, 1, (_, times) => times + 1));
                Assert.Equal(Images, set.Read(Images).Length);
            }
            catch (Exception e)
            {
                failures.Enqueue(e);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.Empty(failures);
        Assert.Equal(Images, computed.Count);
        Assert.All(computed, image => Assert.Equal(1, image.Value));
    }

    [Fact]
    public void TwoStoresThatWantOneImageAtOnce_ComputeItOnce()
    {
        // Both circle around the moment when the other has written and lets go, image by image.
        const int Images = 3000;
        using var first = SmallSet.Store(_folder.Path);
        using var second = SmallSet.Store(_folder.Path);
        var computed = new int[Images];
        using var together = new Barrier(2);
        var failures = new ConcurrentQueue<Exception>();
        var threads = new[] { first, second }.Select(store => new Thread(() =>
        {
            try
            {
                using var set = store.Open();
                var values = new float[SmallSet.Elements];
                for (var number = 0; number < Images; number++)
                {
                    together.SignalAndWait();
                    while (!set.TryRead(SmallSet.Image(number), values))
                    {
                        using var claim = set.TryClaim(SmallSet.Image(number));
                        if (claim is not null)
                        {
                            Interlocked.Increment(ref computed[number]);
                            set.Write(number);
                        }
                    }
                }
            }
            catch (Exception e)
            {
                failures.Enqueue(e);
                together.RemoveParticipant();
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.Empty(failures);
        Assert.All(computed, times => Assert.Equal(1, times));
    }

    [Fact]
    public void StoresThatBeginASetAtOnce_KeepWhatEachHasWritten()
    {
        // Each round both make the first segment at the same moment; neither may replace the other's.
        const int Rounds = 200;
        using var together = new Barrier(2);
        var lost = 0;
        var threads = Enumerable.Range(0, 2).Select(number => new Thread(() =>
        {
            using var store = SmallSet.Store(_folder.Path);
            for (var round = 0; round < Rounds; round++)
            {
                using var set = store.Open($"round {round}");
                together.SignalAndWait();
                set.Write(number);
                together.SignalAndWait();
                Interlocked.Add(ref lost, 2 - set.Read(2).Length);
                together.SignalAndWait();
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.Equal(0, lost);
    }
}
