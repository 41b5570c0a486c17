namespace DistributedFreeze.Devices;

/// <summary>What a run may compute on. It is never on both: a GPU and the processor round differently, and its replicas would end with different weights.</summary>
public enum DeviceChoice
{
    /// <summary>GPUs where there are as many as it needs to start, whether they are busy or not; slots of the processor elsewhere.</summary>
    Auto = 0,

    /// <summary>GPUs alone, which it waits for.</summary>
    Cuda = 1,

    /// <summary>Slots of the processor alone, also where there are GPUs.</summary>
    Cpu = 2,
}

/// <summary>Which devices a choice is for. Pure and thread-safe.</summary>
public static class DeviceChoices
{
    /// <summary>Whether a run may have a device, were it on no other yet.</summary>
    /// <param name="choice">What the run says.</param>
    /// <param name="device">The device's name within its silo, such as <c>cuda:1</c>.</param>
    public static bool Allows(this DeviceChoice choice, string device) => choice switch
    {
        DeviceChoice.Cuda => DeviceKind.IsGpu(device),
        DeviceChoice.Cpu => !DeviceKind.IsGpu(device),
        _ => true,
    };
}
