using System.Collections.Immutable;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Devices;

namespace DistributedFreeze.Grains.Tests.Devices;

/// <summary>A silo's memory is divided with its devices.</summary>
public sealed class MemoryAllocationTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly DeviceAllocator _allocator = new();

    [Fact]
    public void ARun_GetsASiloThatCouldHoldIt()
    {
        Report("a", 2, memory: 5);
        Report("b", 2, memory: 10);
        Claim("run", first: 8);

        Assert.Equal(["b/cpu:0"], Granted("run"));
    }

    [Fact]
    public void ARun_GrowsAsFarAsItsSilosMemoryGoes()
    {
        Report("a", 4, memory: 10);
        Claim("run", first: 6, another: 2, most: 4);

        Assert.Equal(3, Granted("run").Length);
    }

    [Fact]
    public void ASecondRun_WaitsForTheMemoryOfTheFirst()
    {
        Report("a", 2, memory: 10);
        Claim("one", first: 6);
        Claim("two", first: 6, at: 1);

        Assert.Single(Granted("one"));
        Assert.Equal(["two"], _allocator.Queue);

        _allocator.Release("one", Start);

        Assert.Single(Granted("two"));
    }

    [Fact]
    public void NobodyOvertakesOneWhoWaitsForMemory()
    {
        Report("a", 3, memory: 10);
        Claim("one", first: 6);
        Claim("two", first: 6, at: 1);
        Claim("small", first: 1, at: 2);

        Assert.Equal(["two", "small"], _allocator.Queue);
    }

    [Fact]
    public void OneWhomNoSiloCouldHold_IsOvertaken()
    {
        Report("a", 2, memory: 10);
        Claim("large", first: 11);
        Claim("wide", first: 6, another: 6, least: 2, most: 2, at: 1);
        Claim("small", first: 6, at: 2);

        Assert.Single(Granted("small"));
        Assert.Equal(["large", "wide"], _allocator.Queue);
    }

    [Fact]
    public void WhoWaits_ComesBeforeOneWhoWouldGrow()
    {
        Claim("one", first: 4, another: 4, most: 3);
        Claim("two", first: 6, at: 1);
        Report("a", 4, memory: 10);

        Assert.Single(Granted("two"));
        Assert.Single(Granted("one"));
    }

    [Fact]
    public void WhatARunHas_ItKeeps_WhateverTheMemory()
    {
        Report("a", 2, memory: 100);
        Claim("run", first: 8, another: 8, most: 2);
        var before = Granted("run");
        Claim("run", first: 8, another: 8, most: 2, holding: before);

        Report("a", 2, memory: 10);

        Assert.Equal(2, before.Length);
        Assert.Equal(before, Granted("run"));
    }

    [Fact]
    public void AGpu_HasAMemoryOfItsOwn()
    {
        Report("a", 1, memory: 100, gpu: 5);
        Claim("large", first: 50, gpu: 6);
        Claim("small", first: 50, gpu: 5, at: 1);

        Assert.Equal(["large"], _allocator.Queue);
        Assert.Single(Granted("small"));
    }

    [Theory]
    [InlineData(5, 3)]
    [InlineData(0, 4)]
    public void FurtherReplicasBesideGpus_TakeOfTheHostWhatTheyNeedThere(int gpu, int granted)
    {
        Report("a", 4, memory: 10, gpu: gpu);
        Claim("run", first: 4, another: 1, most: 4, anotherBesideGpu: 3);

        Assert.Equal(granted, Granted("run").Length);
    }

    [Fact]
    public void WhereASiloSaysNothing_AnyRunFits()
    {
        Report("old", 1, memory: 0);
        Claim("run", first: long.MaxValue, another: long.MaxValue);

        Assert.Single(Granted("run"));
    }

    private ImmutableArray<string> Granted(string runId) => [.. _allocator.GrantOf(runId).Devices.Select(device => device.Id)];

    private void Claim(
        string runId, long first, long another = 0, long gpu = 0, int at = 0, int least = 1, int most = 1, ImmutableArray<string>? holding = null, long anotherBesideGpu = 0) => _allocator.Claim(
            new()
            {
                RunId = runId,
                SubmittedAt = Start.AddSeconds(at),
                Least = least,
                Most = most,
                Holding = holding ?? [],
                Memory = new() { First = first, Another = another, FirstBesideGpu = first, Gpu = gpu, AnotherBesideGpu = anotherBesideGpu },
            },
            Start);

    private void Report(string silo, int devices, long memory, long gpu = 0) => _allocator.Report(
        new()
        {
            Silo = silo,
            Devices =
            [
                .. Enumerable.Range(0, devices).Select(i => new DeviceStatus
                {
                    Device = new() { Id = DeviceId.Of(silo, $"cpu:{i}"), Model = "cpu", Host = silo, RunMemoryBytes = memory, MemoryBytes = gpu },
                    State = DeviceState.Free,
                }),
            ],
        },
        Start);
}
