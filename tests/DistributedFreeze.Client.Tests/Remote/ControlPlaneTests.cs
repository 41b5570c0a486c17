using System.Runtime.InteropServices;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>A silo without devices coordinates, schedules and answers, and needs no library that computes.</summary>
[Slow]
public sealed class ControlPlaneTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public async Task ASilo_LoadsLibTorchOnlyWithSlots(int slots, bool loads)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It reads Linux's list of what a process has mapped.");
        Assert.SkipWhen(NativeLibrary.TryLoad("libcuda.so.1", out _), "This host may have a GPU, which libtorch is asked for.");
        await using var silo = await SiloProcess.StartAsync($"CpuSlots={slots}", "ExchangePort=0");

        var maps = await File.ReadAllTextAsync($"/proc/{silo.Id}/maps", TestContext.Current.CancellationToken);

        Assert.Contains("libcoreclr", maps, StringComparison.Ordinal);
        Assert.Equal(loads, maps.Contains("libtorch", StringComparison.OrdinalIgnoreCase));
    }
}
