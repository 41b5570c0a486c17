using System.Collections.Immutable;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Devices;

namespace DistributedFreeze.Grains.Tests.Devices;

/// <summary>A run that has begun stays on its class of device, while the cluster could give it enough of that.</summary>
public sealed class DeviceClassAllocationTests
{
    private const string New = "cpu x64-avx512";
    private const string Old = "cpu x64-avx2";
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly DeviceAllocator _allocator = new();
    private DateTimeOffset _now = Start;

    [Fact]
    public void ProcessorsOfOtherInstructions_AreNotInOneRun()
    {
        Report("a", "x64-avx512", slots: 2);
        Report("b", "x64-avx2", slots: 3);
        Claim("run", most: 5);

        Assert.Equal(["b/cpu:0", "b/cpu:1", "b/cpu:2"], Granted("run"));
    }

    /// <summary>A new run is on the largest class that is free: none lies idle because another is larger.</summary>
    [Fact]
    public void WhereTheLargestClassIsBusy_ANewRunTakesAnother_AndWaitsForTheLargestWhereAllAre()
    {
        Report("a", "x64-avx512", slots: 1);
        Report("b", "x64-avx2", slots: 2);
        foreach (var (run, at, least) in ((string, int, int)[])[("first", 0, 2), ("second", 1, 1), ("third", 2, 2)])
        {
            Claim(run, at, least, most: 2);
            Claim(run, at, least, most: 2, holding: Granted(run));
        }

        Assert.Equal(["b/cpu:0", "b/cpu:1"], Granted("first"));
        Assert.Equal(["a/cpu:0"], Granted("second"));
        Assert.Empty(Granted("third"));

        _allocator.Release("first", _now);
        Assert.Equal(["b/cpu:0", "b/cpu:1"], Granted("third"));
    }

    [Fact]
    public void WhoNeedsMoreThanAnyClassHas_IsToldSo()
    {
        Report("a", "x64-avx512", slots: 2);
        Report("b", "x64-avx2", slots: 2);
        Claim("run", least: 4, most: 4);

        Assert.Equal("there are 2 devices of one class that it could have, and it needs 4", _allocator.GrantOf("run").Reason);
    }

    /// <summary>The silo that had its devices and its coordinator is gone: the next coordinator claims what was stored.</summary>
    [Fact]
    public void ARunWhoseDevicesAreAllGone_SaysWhatItWaitsFor_AndGoesOnOnAnotherClassInTheEnd()
    {
        Report("b", "x64-avx2", slots: 1);
        Claim("run", began: New, holding: ["gone/cpu:0", "gone/cpu:1"], least: 2, most: 2);

        Assert.Empty(Granted("run"));
        Assert.StartsWith("it was on cpu x64-avx512, of which the cluster has no device now; ", _allocator.GrantOf("run").Reason, StringComparison.Ordinal);

        Pass(DeviceAllocator.ClassPatience + Round, () =>
        {
            Report("b", "x64-avx2", slots: 1);
            Claim("run", began: New, holding: ["gone/cpu:0", "gone/cpu:1"], least: 2, most: 2);
        });

        Assert.Equal(["b/cpu:0"], Granted("run"));
    }

    /// <summary>What it is on counts for more than what was stored of it.</summary>
    [Fact]
    public void ARunKeepsWhatItHolds_WhateverItsClaimSays()
    {
        Report("b", "x64-avx2", slots: 2);
        Report("a", "x64-avx512", slots: 4);
        Claim("run", most: 3, began: New, holding: ["b/cpu:0"]);

        Assert.Equal(["b/cpu:0", "b/cpu:1"], Granted("run"));
    }

    [Fact]
    public void ARunThatHasBegun_WaitsForItsClass_ThoughMoreOfAnotherAreFree()
    {
        Report("a", "x64-avx512", slots: 1);
        Report("b", "x64-avx2", slots: 3);
        Claim("other");
        Claim("first", began: New);
        Claim("first", began: New, holding: Granted("first"));
        Claim("run", at: 1, began: New);

        Assert.Equal(["a/cpu:0"], Granted("first"));
        Assert.Empty(Granted("run"));
        Assert.Null(_allocator.GrantOf("run").Reason);

        _allocator.Release("first", _now);
        Assert.Equal(["a/cpu:0"], Granted("run"));
    }

    [Fact]
    public void WhereItsClassIsGone_ItWaitsForAMachineToComeBack_SaysSo_AndIsOvertaken()
    {
        Report("a", "x64-avx512", slots: 1);
        Report("b", "x64-avx2", slots: 1);
        _allocator.Remove("a");
        Claim("run", began: New);
        Claim("other", at: 1);

        Assert.Empty(Granted("run"));
        Assert.Equal(["b/cpu:0"], Granted("other"));
        Assert.Equal(
            "it was on cpu x64-avx512, of which the cluster has no device now; where that stays so for 10 minutes, it goes on on another class, and its result has other low bits",
            _allocator.GrantOf("run").Reason);

        Pass(DeviceAllocator.ClassPatience - Round, () =>
        {
            Report("b", "x64-avx2", slots: 1);
            Claim("run", began: New);
            Claim("other", at: 1);
        });
        Report("c", "x64-avx512", slots: 1);
        Assert.Equal(["c/cpu:0"], Granted("run"));
    }

    [Fact]
    public void WhereItsClassStaysAway_ItGoesOnOnAnother()
    {
        Report("b", "x64-avx2", slots: 1);
        Claim("run", began: New);
        Assert.Empty(Granted("run"));

        void Each()
        {
            Report("b", "x64-avx2", slots: 1);
            Claim("run", began: New);
        }

        Pass(DeviceAllocator.ClassPatience, Each);
        Assert.Empty(Granted("run"));
        Pass(Round, Each);

        Assert.Equal(["b/cpu:0"], Granted("run"));
        Assert.Equal(["run"], _allocator.Turns(_now)); // it is told, and asks not only when it would have anyway
        Claim("run", began: Old, holding: ["b/cpu:0"]);
        Report("a", "x64-avx512", slots: 4);
        Assert.Equal(["b/cpu:0"], Granted("run"));
    }

    /// <summary>What is put aside computes nothing until somebody restarts its silo.</summary>
    [Fact]
    public void ADeviceThatIsPutAside_IsNotWaitedForLonger()
    {
        Report("b", "x64-avx2", slots: 1);
        Claim("run", began: New);
        Pass(DeviceAllocator.ClassPatience + Round, () =>
        {
            Report("a", "x64-avx512", slots: 1, DeviceState.Aside);
            Report("b", "x64-avx2", slots: 1);
            Claim("run", began: New);
        });

        Assert.Equal(["b/cpu:0"], Granted("run"));
    }

    [Fact]
    public void ARunThatNeedsMoreOfItsClassThanThereAre_SaysOfWhich_AndGoesOnOnAnotherInTheEnd()
    {
        Report("a", "x64-avx512", slots: 1);
        Report("b", "x64-avx2", slots: 4);
        Claim("run", least: 2, most: 2, began: New);

        Assert.Empty(Granted("run"));
        Assert.Equal(
            "there are 1 devices that it could have of the class that it was on, cpu x64-avx512, and it needs 2; where that stays so for 10 minutes, it goes on on another class, and its result has other low bits",
            _allocator.GrantOf("run").Reason);

        Pass(DeviceAllocator.ClassPatience + Round, () =>
        {
            Report("a", "x64-avx512", slots: 1);
            Report("b", "x64-avx2", slots: 4);
            Claim("run", least: 2, most: 2, began: New);
        });

        Assert.Equal(["b/cpu:0", "b/cpu:1"], Granted("run"));
    }

    /// <summary>Lets time pass in rounds.</summary>
    /// <param name="time">How long.</param>
    /// <param name="each">What silos report and runs claim in each round.</param>
    private void Pass(TimeSpan time, Action each)
    {
        for (var until = _now + time; _now < until;)
        {
            _now += Round;
            each();
            _allocator.Expire(_now);
        }
    }

    private ImmutableArray<string> Granted(string runId) => [.. _allocator.GrantOf(runId).Devices.Select(device => device.Id).Order()];

    private void Claim(string runId, int at = 0, int least = 1, int most = 1, string? began = null, ImmutableArray<string>? holding = null) => _allocator.Claim(
        new() { RunId = runId, SubmittedAt = Start.AddSeconds(at), Least = least, Most = most, Holding = holding ?? [], Class = began }, _now);

    private void Report(string silo, string instructions, int slots, DeviceState state = DeviceState.Free) => _allocator.Report(
        new()
        {
            Silo = silo,
            Devices =
            [
                .. Enumerable.Range(0, slots).Select(i => new DeviceStatus
                {
                    Device = new() { Id = DeviceId.Of(silo, $"cpu:{i}"), Model = "cpu", Capability = instructions, Host = silo },
                    State = state,
                }),
            ],
        },
        _now);
}
