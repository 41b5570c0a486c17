using DistributedFreeze.Data.Features;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Advice;

/// <summary>Where advice is computed; it decides how long it takes, and nothing else. Immutable.</summary>
/// <param name="Device">The device.</param>
/// <param name="Parallel">How the processors are divided.</param>
/// <param name="Stores">Cached features; stay their owner's.</param>
internal sealed record AdvicePlace(Device Device, Parallelism Parallel, FeatureStores Stores)
{
    /// <summary>This process's first device, and all processors where that is none but they.</summary>
    public static AdvicePlace Whole(RunSpec spec, FeatureStores stores)
    {
        var device = ReplicaDevice.For(spec);
        return new(device, Parallelism.Of(spec, device.type == TorchSharp.DeviceType.CPU ? Environment.ProcessorCount : spec.ThreadsPerReplica), stores);
    }

    /// <summary>One device among others: what would be one replica there.</summary>
    /// <param name="name">Its name within this process, such as <c>cuda:1</c>.</param>
    /// <param name="stores">The silo's.</param>
    public static AdvicePlace Slot(string name, FeatureStores stores) => new(ReplicaDevice.Of(name), new(Replicas: 1, ShortRuns: 1), stores);
}
