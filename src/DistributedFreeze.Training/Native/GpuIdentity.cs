using System.Collections.Immutable;
using DistributedFreeze.Devices;

namespace DistributedFreeze.Training.Native;

/// <summary>The class of each GPU of this process: on another class the same work has other bits.</summary>
internal static class GpuIdentity
{
    private static readonly Lazy<ImmutableArray<string>> Classes = new(() =>
        [.. GpuDescription.OfThisHost().Select((gpu, i) => DeviceClass.Of($"{DeviceKind.Gpu}:{i}", gpu.Model, gpu.Capability, gpu.Driver, TorchFacts.OfThisProcess.Libraries).ToString())]);

    /// <param name="index">The GPU, as libtorch counts those that are visible.</param>
    /// <returns>As <see cref="DeviceClass"/> writes it; just that it is a GPU where the driver does not describe it.</returns>
    public static string Of(int index) => Classes.Value.ElementAtOrDefault(index) ?? DeviceKind.Gpu;
}
