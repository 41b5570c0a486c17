namespace DistributedFreeze.Devices;

/// <summary>What kind of device a name is of: all devices of a run are of one kind. Pure and thread-safe.</summary>
public static class DeviceKind
{
    /// <summary>The kind of GPUs.</summary>
    public const string Gpu = "cuda";

    /// <summary>The kind of slots of the processor.</summary>
    public const string Processor = "cpu";

    /// <summary>The kind of a device.</summary>
    /// <param name="device">Its name within its silo, such as <c>cuda:1</c>, or what torch calls it.</param>
    public static string Of(string device) => device.Split(':', 2)[0];

    /// <summary>Whether a device is a GPU.</summary>
    /// <param name="device">Its name within its silo, such as <c>cuda:1</c>, or what torch calls it.</param>
    public static bool IsGpu(string device) => Of(device) == Gpu;
}
