using System.Collections.Immutable;
using DistributedFreeze.Coordination.Devices;
using DistributedFreeze.Training.Native;
using TorchSharp;

namespace DistributedFreeze.Training.Replicas;

/// <summary>Finds what this process can compute on.</summary>
public static class DeviceDiscovery
{
    /// <summary>Whether this process needs libtorch: not where it has no slots and the host has no GPU driver.</summary>
    /// <param name="cpuSlots">As at <see cref="Find"/>.</param>
    public static bool NeedsLibTorch(int? cpuSlots) => cpuSlots != 0 || GpuDriver.MayBePresent;

    /// <summary>Every GPU, and slots of the processor. libtorch is loaded where it is needed.</summary>
    /// <exception cref="LibTorchException">libtorch is missing or broken.</exception>
    /// <param name="cpuSlots">Number of slots, at least 0; null takes one per processor where there is no GPU, else none.</param>
    /// <param name="besideGpus">False takes no slots where there is a GPU, whatever their number.</param>
    public static ImmutableArray<FoundDevice> Find(int? cpuSlots, bool besideGpus = true)
    {
        if (!NeedsLibTorch(cpuSlots))
        {
            return [];
        }

        LibTorch.EnsureLoaded();
        return Of(torch.cuda.is_available() ? torch.cuda.device_count() : 0, cpuSlots, besideGpus);
    }

    internal static ImmutableArray<FoundDevice> Of(int gpus, int? cpuSlots, bool besideGpus)
    {
        var slots = gpus > 0 && !besideGpus ? 0 : cpuSlots ?? (gpus > 0 ? 0 : Environment.ProcessorCount);
        return
        [
            .. Enumerable.Range(0, gpus).Select(i => new FoundDevice($"cuda:{i}", "GPU", 0)),
            .. Enumerable.Range(0, slots).Select(i => new FoundDevice($"cpu:{i}", "cpu", 0)),
        ];
    }
}
