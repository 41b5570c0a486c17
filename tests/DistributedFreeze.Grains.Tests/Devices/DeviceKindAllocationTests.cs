using System.Collections.Immutable;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Devices;

namespace DistributedFreeze.Grains.Tests.Devices;

/// <summary>Which kind of device a run gets, and who waits for which.</summary>
public sealed class DeviceKindAllocationTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly DeviceAllocator _allocator = new();

    [Theory]
    [InlineData(DeviceChoice.Auto, "a/cuda:0 a/cuda:1")]
    [InlineData(DeviceChoice.Cuda, "a/cuda:0 a/cuda:1")]
    [InlineData(DeviceChoice.Cpu, "a/cpu:0 a/cpu:1 b/cpu:0")]
    public void ARun_IsOnOneKindOfDevice_GpusUnlessItIsForTheProcessor(DeviceChoice device, string granted)
    {
        _allocator.Report(Of("a", 2, gpus: 2), Start);
        _allocator.Report(Of("b", 1, gpus: 0), Start);
        Claim("run", most: 4, device: device);

        Assert.Equal(granted, string.Join(' ', Granted("run").Order()));
    }

    [Theory]
    [InlineData("9.0", "570", "libtorch 2.10.0", "a/cuda:0 b/cuda:0 c/cuda:0")]
    [InlineData("9.1", "570", "libtorch 2.10.0", "a/cuda:0 c/cuda:0")]
    [InlineData("9.0", "580", "libtorch 2.10.0", "a/cuda:0 c/cuda:0")]
    [InlineData("9.0", "570", "libtorch 2.11.0", "a/cuda:0 c/cuda:0")]
    public void ARun_IsOnGpusOfOneClass_TheOneWithMost(string capability, string driver, string libraries, string granted)
    {
        foreach (var silo in (string[])["b", "c", "a"])
        {
            var report = Of(silo, 1, gpus: 1);
            var (a, b, c) = silo == "b" ? (capability, driver, libraries) : ("9.0", "570", "libtorch 2.10.0");
            _allocator.Report(report with { Devices = [.. report.Devices.Select(status => status with { Device = status.Device with { Capability = a, Driver = b, Libraries = c } })] }, Start);
        }

        Claim("run", most: 4);

        Assert.Equal(granted, string.Join(' ', Granted("run").Order()));
    }

    [Fact]
    public void ARunForADeviceThatThereIsNotOne_WaitsAndSaysSo_AndIsOvertaken()
    {
        _allocator.Report(Of("a", 2, gpus: 0), Start);
        Claim("gpu", device: DeviceChoice.Cuda);
        Claim("auto", at: 1);

        Assert.Empty(Granted("gpu"));
        Assert.Equal("it is for GPUs alone (device: cuda, or precision: tf32), and the cluster has none, only 2 slots of the processor", _allocator.GrantOf("gpu").Reason);
        Assert.Equal(["a/cpu:0"], Granted("auto"));

        Hold("auto");
        _allocator.Report(Of("b", 0, gpus: 1), Start);
        Assert.Equal(["b/cuda:0"], Granted("gpu"));
        Assert.Null(_allocator.GrantOf("gpu").Reason);
    }

    [Fact]
    public void ARunForTheProcessor_WaitsWhereThereAreOnlyGpus_AndSaysSo()
    {
        _allocator.Report(Of("a", 0, gpus: 2), Start);
        Claim("run", device: DeviceChoice.Cpu);

        Assert.Empty(Granted("run"));
        Assert.Equal("it is for the processor alone (device: cpu), and the cluster has no slot of it, only 2 GPUs", _allocator.GrantOf("run").Reason);
    }

    /// <summary>Else its bits would depend on who else is there.</summary>
    [Fact]
    public void ARunThatMayHaveEither_WaitsForAGpuThatIsBusy_AndHoldsUpNobodyWhoIsForTheProcessor()
    {
        _allocator.Report(Of("a", 2, gpus: 1), Start);
        Claim("first");
        Hold("first");
        Claim("either", at: 1, most: 2);
        Claim("cuda", at: 2, device: DeviceChoice.Cuda);
        Claim("cpu", at: 3, most: 2, device: DeviceChoice.Cpu);

        Assert.Equal(["a/cuda:0"], Granted("first"));
        Assert.Equal(["a/cpu:0", "a/cpu:1"], Granted("cpu"));
        Assert.Equal(["either", "cuda"], _allocator.Queue);

        _allocator.Release("first", Start);
        Assert.Equal(["a/cuda:0"], Granted("either"));
    }

    [Fact]
    public void ARunThatNeedsMoreGpusThanThereAre_TakesTheProcessor()
    {
        _allocator.Report(Of("a", 2, gpus: 1), Start);
        Claim("run", least: 2, most: 3);

        Assert.Equal(["a/cpu:0", "a/cpu:1"], Granted("run"));
    }

    [Fact]
    public void ManyWhoWaitForGpus_HoldUpNobodyBehindThemWhoIsForTheProcessor()
    {
        _allocator.Report(Of("a", 1, gpus: 1), Start);
        Claim("first");
        Hold("first");
        for (var i = 0; i < 100; i++)
        {
            Claim($"gpu{i}", at: i + 1, device: i % 2 == 0 ? DeviceChoice.Cuda : DeviceChoice.Auto);
        }

        Claim("cpu", at: 101, device: DeviceChoice.Cpu);

        Assert.Equal(["a/cpu:0"], Granted("cpu"));
        Assert.Equal(100, _allocator.QueueLength);
    }

    [Fact]
    public void ARunOnTheProcessor_StaysThereWhenAGpuComes()
    {
        _allocator.Report(Of("a", 1, gpus: 0), Start);
        Claim("run", most: 2);
        Hold("run", most: 2);
        _allocator.Report(Of("b", 1, gpus: 2), Start);

        Assert.Equal(["a/cpu:0", "b/cpu:0"], Granted("run"));
    }

    private ImmutableArray<string> Granted(string runId) => [.. _allocator.GrantOf(runId).Devices.Select(device => device.Id)];

    /// <summary>The run's replicas own what it was granted.</summary>
    private void Hold(string runId, int most = 1) => Claim(runId, most: most, holding: Granted(runId));

    private void Claim(string runId, int at = 0, int least = 1, int most = 1, ImmutableArray<string>? holding = null, DeviceChoice device = DeviceChoice.Auto) => _allocator.Claim(
        new() { RunId = runId, SubmittedAt = Start.AddSeconds(at), Least = least, Most = most, Holding = holding ?? [], Device = device },
        Start);

    private static SiloReport Of(string silo, int slots, int gpus) => new()
    {
        Silo = silo,
        Devices =
        [
            .. Enumerable.Range(0, gpus).Select(i => $"cuda:{i}").Concat(Enumerable.Range(0, slots).Select(i => $"cpu:{i}")).Select(name => new DeviceStatus
            {
                Device = new() { Id = DeviceId.Of(silo, name), Model = "some", Host = silo },
                State = DeviceState.Free,
            }),
        ],
    };
}
