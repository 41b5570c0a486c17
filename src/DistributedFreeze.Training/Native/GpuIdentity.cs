using System.Collections.Immutable;
using DistributedFreeze.Devices;
using TorchSharp;

namespace DistributedFreeze.Training.Native;

/// <summary>The class of each GPU of this process: on another class the same work has other bits.</summary>
internal static class GpuIdentity
{
    private static readonly Lazy<ImmutableArray<string>> Classes = new(() =>
        [.. GpuDescription.OfThisHost(torch.cuda.device_count()).Select((gpu, i) => Of(i, gpu, TorchFacts.OfThisProcess.Libraries))]);

    /// <param name="index">The GPU, as libtorch counts those that are visible.</param>
    /// <returns>As <see cref="DeviceClass"/> writes it.</returns>
    public static string Of(int index) => Classes.Value.ElementAtOrDefault(index) ?? DeviceKind.Gpu;

    /// <param name="index">The GPU.</param>
    /// <param name="gpu">What it is.</param>
    /// <param name="libraries">What computes on it.</param>
    internal static string Of(int index, GpuDescription gpu, string libraries) =>
        DeviceClass.Of($"{DeviceKind.Gpu}:{index}", gpu.Model, gpu.Capability, gpu.Driver, libraries).ToString();
}
