using System.Globalization;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using TorchSharp;

namespace DistributedFreeze.Training.Replicas;

/// <summary>Devices by their names within a silo, and the one of this process that a run's choice comes to.</summary>
internal static class ReplicaDevice
{
    /// <summary>The GPU of a name such as <c>cuda:1</c>; the processor for any slot of it.</summary>
    public static torch.Device Of(string name) => DeviceKind.IsGpu(name)
        ? new(DeviceType.CUDA, int.Parse(name.AsSpan(DeviceKind.Gpu.Length + 1), CultureInfo.InvariantCulture))
        : torch.CPU;

    /// <summary>The first device of this process that a run may have: where something is computed for it outside a cluster.</summary>
    /// <param name="spec">The run.</param>
    /// <exception cref="InvalidInputException">It is for GPUs, and there is none.</exception>
    public static torch.Device For(RunSpec spec) => DeviceDiscovery.TakesGpus(spec) ? new(DeviceType.CUDA, 0) : torch.CPU;
}
