using System.Collections.Immutable;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Devices;

namespace DistributedFreeze.Grains.Tests.Devices;

/// <summary>The runs of one owner have no more devices together than they may, and hold up nobody else.</summary>
public sealed class QuotaAllocationTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly DeviceAllocator _allocator = new();

    [Fact]
    public void ARun_GrowsToWhatItsOwnerMayHave()
    {
        Report(4);
        Claim("one", most: 4, quota: 3);

        Assert.Equal(3, Granted("one"));
    }

    [Fact]
    public void WhoseOwnerHasAsMuchAsTheyMay_IsOvertaken_AndIsToldWhy()
    {
        Report(4);
        Claim("one", quota: 1);
        Claim("two", at: 1, quota: 1);
        Claim("other", owner: "bob", at: 2, quota: 1);
        Claim("nobody's", owner: null, at: 3);

        Assert.Equal((1, 0, 1, 1), (Granted("one"), Granted("two"), Granted("other"), Granted("nobody's")));
        Assert.Equal("alice may have 1 devices at a time, and has 1; this run needs 1", _allocator.GrantOf("two").Reason);
        Assert.Equal(new QueueStanding(1, "alice may have 1 devices at a time, and has 1; this run needs 1"), _allocator.StandingOf("two"));
        Assert.Equal(new QueueLengths(0, Quota: 1, 0), _allocator.QueueLengths);

        _allocator.Release("one", Start);
        Assert.Equal((1, null), (Granted("two"), _allocator.GrantOf("two").Reason));
        Assert.Equal(new QueueLengths(0, 0, 0), _allocator.QueueLengths);
    }

    [Fact]
    public void ARunThatGrew_GivesBackToItsOwnersNextOne_WhichWaitsUntilThen()
    {
        Report(4);
        Claim("one", most: 4, quota: 2);
        Claim("one", most: 4, quota: 2, holding: ["a/cpu:0", "a/cpu:1"]);
        Claim("two", at: 1, quota: 2);
        Assert.Equal((1, 0), (Granted("one"), Granted("two"))); // two are free, and would be three together

        Claim("one", most: 4, quota: 2, holding: ["a/cpu:0"]);
        Assert.Equal((1, 1), (Granted("one"), Granted("two")));
    }

    [Fact]
    public void TheSameNameAtAnotherIssuer_IsSomebodyElse()
    {
        Report(2);
        Claim("one", quota: 1);
        Claim("two", quota: 1, issuer: "https://issuer");

        Assert.Equal((1, 1), (Granted("one"), Granted("two")));
    }

    [Fact]
    public void ARunThatIsLargerThanTheCluster_IsToldSo()
    {
        Report(2);
        Claim("large", least: 3, owner: null);
        Claim("small", at: 1, owner: null);

        Assert.Equal(1, Granted("small"));
        Assert.Equal("there are 2 devices that it could have, and it needs 3", _allocator.GrantOf("large").Reason);
        Assert.Equal(new QueueLengths(0, 0, Size: 1), _allocator.QueueLengths);

        Report(3);
        Assert.Equal((0, null), (_allocator.GrantOf("large").Devices.Length, _allocator.GrantOf("large").Reason)); // "small" has one of the three
    }

    [Fact]
    public void WhatAnOwnersQuotaKeeps_DoesNotCountAsWaitingForDevices()
    {
        Report(1);
        Claim("one", quota: 1);
        Claim("two", at: 1, quota: 1);
        Assert.Equal(TimeSpan.Zero, _allocator.LongestWait(Start.AddHours(30)));

        Claim("three", at: 2, owner: "bob", quota: 1); // waits for the only device
        Assert.Equal(TimeSpan.FromHours(31), _allocator.LongestWait(Start.AddHours(31)));

        Claim("nobody's", at: -1, owner: null);
        _allocator.Release("one", Start);
        Assert.Equal((1, 0), (Granted("nobody's"), Granted("two")));
        _allocator.Release("three", Start);
        Assert.Equal(TimeSpan.FromHours(2), _allocator.LongestWait(Start.AddHours(32))); // "two", since its owner's quota kept it last
    }

    [Fact]
    public void WhoWaitsForItsTurnAlone_IsToldNothingElse()
    {
        Report(1);
        Claim("one", quota: 5);
        Claim("two", at: 1, quota: 5);

        Assert.Equal((1, null), (_allocator.GrantOf("two").QueuePosition, _allocator.GrantOf("two").Reason));
        Assert.Equal(new QueueLengths(Devices: 1, 0, 0), _allocator.QueueLengths);
    }

    private int Granted(string runId) => _allocator.GrantOf(runId).Devices.Length;

    private void Claim(
        string runId, int at = 0, int least = 1, int most = 1, string? owner = "alice", string? issuer = null, int? quota = null, ImmutableArray<string>? holding = null) =>
        _allocator.Claim(
            new()
            {
                RunId = runId,
                SubmittedAt = Start.AddSeconds(at),
                Least = least,
                Most = Math.Max(least, most),
                Owner = owner,
                OwnerIssuer = issuer,
                OwnerDevices = quota,
                Holding = holding ?? [],
            },
            Start);

    private void Report(int devices) => _allocator.Report(
        new()
        {
            Silo = "a",
            Devices =
            [
                .. Enumerable.Range(0, devices).Select(i => new DeviceStatus
                {
                    Device = new() { Id = DeviceId.Of("a", $"cpu:{i}"), Model = "cpu", Host = "a" },
                    State = DeviceState.Free,
                }),
            ],
        },
        Start);
}
