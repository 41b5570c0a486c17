using TorchSharp;

namespace DistributedFreeze.Training.Replicas;

/// <summary>The device of a replica.</summary>
internal static class ReplicaDevice
{
    /// <summary>The member's GPU, in turn, where there are any; the processor otherwise.</summary>
    public static torch.Device Of(int member) => torch.cuda.is_available()
        ? new(DeviceType.CUDA, member % torch.cuda.device_count())
        : torch.CPU;
}
