using System.Globalization;
using TorchSharp;

namespace DistributedFreeze.Training.Replicas;

/// <summary>Devices by their names within a silo.</summary>
internal static class ReplicaDevice
{
    private const string Gpu = "cuda:";

    /// <summary>The GPU of a name such as <c>cuda:1</c>; the processor for any slot of it.</summary>
    public static torch.Device Of(string name) => name.StartsWith(Gpu, StringComparison.Ordinal)
        ? new(DeviceType.CUDA, int.Parse(name.AsSpan(Gpu.Length), CultureInfo.InvariantCulture))
        : torch.CPU;

    /// <summary>The first device of this process.</summary>
    public static torch.Device First => torch.cuda.is_available() ? new(DeviceType.CUDA, 0) : torch.CPU;
}
