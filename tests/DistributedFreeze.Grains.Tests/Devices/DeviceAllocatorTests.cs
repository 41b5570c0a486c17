using System.Collections.Immutable;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Devices;

namespace DistributedFreeze.Grains.Tests.Devices;

/// <summary>Who gets which devices.</summary>
public sealed class DeviceAllocatorTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly DeviceAllocator _allocator = new();

    [Fact]
    public void ARun_GrowsToItsMost()
    {
        Report("a", 4);
        Claim("one", most: 3);

        Assert.Equal(["a/cpu:0", "a/cpu:1", "a/cpu:2"], Granted("one"));
    }

    [Fact]
    public void ARunThatNeedsMoreThanThereIs_WaitsWithoutHoldingAny()
    {
        Report("a", 2);
        Claim("big", least: 3, most: 3);

        Assert.Empty(Granted("big"));
        Assert.Equal(1, _allocator.GrantOf("big").QueuePosition);

        Report("b", 1);
        Assert.Equal(3, Granted("big").Length);
        Assert.Equal(0, _allocator.GrantOf("big").QueuePosition);
    }

    [Fact]
    public void ThoseWhoWait_AreServedByPriorityAndThenByAge()
    {
        Claim("young", at: 3);
        Claim("old", at: 1);
        Claim("urgent", at: 2, priority: 5);

        Assert.Equal(["urgent", "old", "young"], _allocator.Queue);

        Report("a", 2);
        Assert.Equal(["young"], _allocator.Queue);
    }

    [Fact]
    public void TheLongestWait_IsOfThoseWhoWaitNow()
    {
        Report("a", 1);
        Claim("going");
        Assert.Equal(TimeSpan.Zero, _allocator.LongestWait(Start.AddHours(1)));

        Claim("first", at: 1);
        Claim("second", at: 2);
        Assert.Equal(TimeSpan.FromHours(1), _allocator.LongestWait(Start.AddHours(1)));

        Claim("third", at: 3, claimedAt: Start.AddMinutes(20));
        _allocator.Release("second", Start.AddMinutes(30));
        _allocator.Release("going", Start.AddMinutes(30));
        Assert.Equal(["third"], _allocator.Queue);
        Assert.Equal(TimeSpan.FromMinutes(40), _allocator.LongestWait(Start.AddHours(1)));

        _allocator.Release("third", Start.AddHours(1));
        Assert.Equal(TimeSpan.Zero, _allocator.LongestWait(Start.AddHours(1)));
    }

    [Fact]
    public void ADeviceWhoseRunClaimsNothing_IsTakenFromItOnceItsLeaseHasRunOut()
    {
        Report("a", 1, owner: "forgotten");

        Assert.Empty(_allocator.EndedLeases(Start));
        Assert.Empty(_allocator.EndedLeases(Start + DeviceAllocator.LeaseTime - TimeSpan.FromSeconds(1)));
        Assert.Equal([("a/cpu:0", "forgotten")], _allocator.EndedLeases(Start + DeviceAllocator.LeaseTime));
    }

    [Fact]
    public void ADeviceThatItsRunDoesNotHoldAnyMore_IsTakenFromIt()
    {
        Report("a", 2, owner: "one");
        _allocator.Claim(new() { RunId = "one", SubmittedAt = Start, Holding = ["a/cpu:0"] }, Start);
        Assert.Empty(_allocator.EndedLeases(Start));

        var later = Start + DeviceAllocator.LeaseTime;
        _allocator.Claim(new() { RunId = "one", SubmittedAt = Start, Holding = ["a/cpu:0"] }, later);

        Assert.Equal([("a/cpu:1", "one")], _allocator.EndedLeases(later));
    }

    [Fact]
    public void AClaimRenewsTheLease_AndAnotherOwnerHasOneOfItsOwn()
    {
        Report("a", 1, owner: "one");
        _allocator.Claim(new() { RunId = "one", SubmittedAt = Start, Holding = ["a/cpu:0"] }, Start + DeviceAllocator.LeaseTime);
        Assert.Empty(_allocator.EndedLeases(Start + DeviceAllocator.LeaseTime));
        _allocator.Expire(Start + DeviceAllocator.LeaseTime + DeviceAllocator.RequestTimeout + TimeSpan.FromSeconds(1));
        Report("a", 1, owner: "one");
        Assert.Empty(_allocator.EndedLeases(Start + 2 * DeviceAllocator.LeaseTime - TimeSpan.FromSeconds(1)));

        Report("a", 1, owner: "two");

        Assert.Empty(_allocator.EndedLeases(Start + 3 * DeviceAllocator.LeaseTime));
    }

    /// <summary>A coordinator may be lost before it has stored which devices the run has; the next one only knows that it wants none.</summary>
    [Fact]
    public void ARunThatLetsGo_KeepsNoDeviceThatItDoesNotKnowOf()
    {
        _allocator.Release("cancelled", Start);
        Report("a", 2, owner: "cancelled");

        Assert.Empty(_allocator.EndedLeases(Start + DeviceAllocator.LetGoTime - TimeSpan.FromSeconds(1)));
        Assert.Equal([("a/cpu:0", "cancelled"), ("a/cpu:1", "cancelled")], _allocator.EndedLeases(Start + DeviceAllocator.LetGoTime));

        _allocator.Claim(new() { RunId = "cancelled", SubmittedAt = Start }, Start + DeviceAllocator.LetGoTime);

        Assert.Empty(_allocator.EndedLeases(Start + DeviceAllocator.LetGoTime)); // resumed: it has its lease again
    }

    /// <summary>A silo that stood still wakes up, and its coordinator claims for a run that has ended meanwhile.</summary>
    [Fact]
    public void AClaimFromASiloThatHasLeft_HoldsNothingBack()
    {
        Report("a", 2);
        _allocator.Remove("b");

        Assert.False(_allocator.Claim(new() { RunId = "ended", SubmittedAt = Start, Holding = ["a/cpu:0", "a/cpu:1"], By = "b" }, Start));
        Assert.True(_allocator.Claim(new() { RunId = "next", SubmittedAt = Start, Most = 2, By = "a" }, Start));

        Assert.Equal(["a/cpu:0", "a/cpu:1"], Granted("next"));
    }

    /// <summary>Silos come and go for years, and a cluster names those that have gone for some days only.</summary>
    [Fact]
    public void ASiloThatHasLeft_IsRememberedForAsLongAsItIsNamed()
    {
        _allocator.Remove("b");
        _allocator.Retain(new HashSet<string> { "b" });
        Assert.False(_allocator.Claim(new() { RunId = "one", SubmittedAt = Start, By = "b" }, Start));

        _allocator.Retain(new HashSet<string>());

        Assert.True(_allocator.Claim(new() { RunId = "one", SubmittedAt = Start, By = "b" }, Start));
    }

    /// <summary>A coordinator was lost while its replicas loaded: the next one does not know of them, and would wait for their leases to end.</summary>
    [Fact]
    public void ARunThatHasForgottenItsDevices_IsGrantedThemAgain()
    {
        Report("a", 2, owner: "one");

        Claim("one", least: 2, most: 2);

        Assert.Equal(["a/cpu:0", "a/cpu:1"], Granted("one"));
    }

    [Fact]
    public void NobodyOvertakesOneWhoDoesNotFitYet()
    {
        Report("a", 2);
        Claim("trains");
        Hold("trains");
        Claim("big", at: 1, least: 2, most: 2);
        Claim("small", at: 2);

        Assert.Equal(["big", "small"], _allocator.Queue);
    }

    [Fact]
    public void WhoWantsMoreThanThereIs_IsOvertakenUntilThereIsMore()
    {
        Report("a", 1);
        Claim("big", at: 1, least: 2, most: 2);
        Claim("small", at: 2);

        Assert.Equal(["a/cpu:0"], Granted("small"));
        Assert.Equal(["big"], _allocator.Queue);

        _allocator.Release("small", Start);
        Report("b", 1);
        Assert.Equal(2, Granted("big").Length);
    }

    /// <summary>Between the grant and the first report of who owns the device a run prepares.</summary>
    [Fact]
    public void AGrant_IsExclusiveFromTheMomentItIsGiven()
    {
        Report("a", 1);
        Claim("first");
        Claim("urgent", at: 9, priority: 10);
        Assert.Equal(["a/cpu:0"], Granted("first"));

        Report("a", 1, DeviceState.Busy, owner: "first");
        Claim("urgent", at: 9, priority: 10);
        Assert.Equal(["a/cpu:0"], Granted("first"));
        Assert.Equal(["urgent"], _allocator.Queue);

        _allocator.Release("first", Start);
        Report("a", 1);
        Assert.Equal(["a/cpu:0"], Granted("urgent"));
    }

    [Fact]
    public void WhoAvoidsAllThereIs_IsOvertaken()
    {
        Report("a", 1);
        Claim("blocked", at: 1, avoid: ["a/cpu:0"]);
        Claim("late", at: 2);

        Assert.Equal(["a/cpu:0"], Granted("late"));
        Assert.Equal(["blocked"], _allocator.Queue);
    }

    [Fact]
    public void ARunThatHasGrown_GivesBackWhenSomebodyWaits()
    {
        Report("a", 3);
        Claim("greedy", most: 3);
        Hold("greedy", most: 3);
        Claim("late", at: 9);

        Assert.Equal(2, Granted("greedy").Length);
        Assert.Empty(Granted("late")); // the device is not given back yet

        Hold("greedy", most: 3);
        Assert.Single(Granted("late"));
    }

    [Fact]
    public void ARunThatTrains_IsNotThrownOut_WhateverThePriorityOfWhoWaits()
    {
        Report("a", 1);
        Claim("modest");
        Hold("modest");
        Claim("urgent", at: 9, priority: 100);

        Assert.Single(Granted("modest"));
        Assert.Equal(["urgent"], _allocator.Queue);
    }

    [Fact]
    public void ARunThatHasLostDevices_GoesOnWithWhatIsLeft()
    {
        Report("a", 1);
        Report("b", 1);
        Report("c", 1);
        Claim("run", least: 3, most: 3);
        Hold("run", least: 3, most: 3);
        _allocator.Remove("b");

        Assert.Equal(["a/cpu:0", "c/cpu:0"], Granted("run"));
    }

    [Fact]
    public void DevicesOfASiloThatLeaves_AreGivenBack()
    {
        Report("a", 1);
        Report("b", 1);
        Claim("run", least: 2, most: 2);
        Hold("run", least: 2, most: 2);
        Report("b", 1, DeviceState.Leaving);

        Assert.Equal(["a/cpu:0"], Granted("run"));
    }

    [Theory]
    [InlineData(DeviceState.Aside)]
    [InlineData(DeviceState.Leaving)]
    public void ADeviceThatIsAsideOrLeaves_IsGivenToNobody(DeviceState state)
    {
        Report("a", 1, state);
        Claim("run");

        Assert.Empty(Granted("run"));
    }

    [Fact]
    public void ADeviceThatIsBusyWithARunThatClaimsNothing_IsGivenToNobody()
    {
        Report("a", 1, DeviceState.Busy, owner: "on-its-way");
        Claim("run");

        Assert.Empty(Granted("run"));

        Claim("on-its-way", at: 1, holding: ["a/cpu:0"]);
        Assert.Equal(["a/cpu:0"], Granted("on-its-way"));
    }

    [Fact]
    public void ADeviceToAvoid_IsNotGiven()
    {
        Report("a", 1);
        Report("b", 1);
        Claim("run", avoid: ["a/cpu:0"]);

        Assert.Equal(["b/cpu:0"], Granted("run"));
    }

    [Fact]
    public void DevicesOfOneSilo_AreGivenTogether()
    {
        Report("a", 1);
        Report("b", 2);
        Claim("first", at: 1);
        Hold("first");
        Claim("second", at: 2, most: 2);

        Assert.Equal(["b/cpu:0", "b/cpu:1"], Granted("second"));
    }

    [Fact]
    public void AGrant_StaysAsItIs()
    {
        Report("a", 2);
        Claim("run", most: 2);
        var before = Granted("run");
        Report("b", 2);

        Assert.Equal(before, Granted("run"));
    }

    [Fact]
    public void WhoIsNotHeardOf_IsForgotten()
    {
        Report("a", 1);
        Report("b", 1);
        Claim("run");
        Claim("gone", at: 1);

        var later = Start + DeviceAllocator.RequestTimeout + TimeSpan.FromSeconds(1);
        _allocator.Report(Of("a", 1, DeviceState.Free, null), later);
        _allocator.Claim(new() { RunId = "run", SubmittedAt = Start }, later);
        _allocator.Expire(later);

        Assert.Equal(["a/cpu:0"], _allocator.Devices.Select(device => device.Device.Id));
        Assert.Empty(Granted("gone"));
        Assert.False(_allocator.Knows("b"));
    }

    private ImmutableArray<string> Granted(string runId) => [.. _allocator.GrantOf(runId).Devices.Select(device => device.Id)];

    /// <summary>The run's replicas own what it was granted.</summary>
    private void Hold(string runId, int least = 1, int most = 1)
    {
        Claim(runId, least: least, most: most, holding: Granted(runId));
    }

    private void Claim(
        string runId, int at = 0, int priority = 0, int least = 1, int most = 1, ImmutableArray<string>? holding = null, ImmutableArray<string>? avoid = null,
        DateTimeOffset? claimedAt = null) =>
        _allocator.Claim(
            new()
            {
                RunId = runId,
                SubmittedAt = Start.AddSeconds(at),
                Priority = priority,
                Least = least,
                Most = most,
                Holding = holding ?? [],
                Avoid = avoid ?? [],
            },
            claimedAt ?? Start);

    private void Report(string silo, int devices, DeviceState state = DeviceState.Free, string? owner = null) =>
        _allocator.Report(Of(silo, devices, state, owner), Start);

    private static SiloReport Of(string silo, int devices, DeviceState state, string? owner) => new()
    {
        Silo = silo,
        Devices =
        [
            .. Enumerable.Range(0, devices).Select(i => new DeviceStatus
            {
                Device = new() { Id = DeviceId.Of(silo, $"cpu:{i}"), Model = "some", Host = silo },
                State = state,
                RunId = owner,
            }),
        ],
    };
}
