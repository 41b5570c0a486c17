namespace DistributedFreeze.Devices;

/// <summary>What has to agree for two devices to give the same bits: all devices of a run are of one class. Immutable.</summary>
/// <remarks>For slots of the processor that are its vector instructions, by which libraries choose their kernels, and the versions of libtorch and oneDNN.</remarks>
public sealed record DeviceClass
{
    private DeviceClass(string kind, string? model, string? capability, string? driver, string? libraries) =>
        (Kind, Model, Capability, Driver, Libraries) = (kind, model, capability, driver, libraries);

    /// <summary>One of <see cref="DeviceKind"/>.</summary>
    public string Kind { get; }

    /// <summary>A GPU's model; null for the processor.</summary>
    public string? Model { get; }

    /// <summary>A GPU's compute capability, or the processor's vector instructions; null where nobody says.</summary>
    public string? Capability { get; }

    /// <summary>Its driver's version; null where nobody says.</summary>
    public string? Driver { get; }

    /// <summary>The libraries that compute on it; null where nobody says.</summary>
    public string? Libraries { get; }

    /// <summary>The class of a device.</summary>
    /// <param name="device">The device, as its silo describes it.</param>
    public static DeviceClass Of(DeviceInfo device) => Of(DeviceId.Name(device.Id), device.Model, device.Capability, device.Driver, device.Libraries);

    /// <summary>The class of a device that is described apart.</summary>
    /// <param name="name">Its name within its silo, such as <c>cuda:1</c>.</param>
    /// <param name="model">Its model.</param>
    /// <param name="capability">Its compute capability, or vector instructions.</param>
    /// <param name="driver">Its driver's version.</param>
    /// <param name="libraries">The libraries that compute on it.</param>
    public static DeviceClass Of(string name, string model, string? capability, string? driver, string? libraries) =>
        DeviceKind.IsGpu(name) ? new(DeviceKind.Gpu, model, capability, driver, libraries) : new(DeviceKind.Of(name), null, capability, null, libraries);

    /// <returns>Such as <c>NVIDIA H200, capability 9.0, driver 570.86.15, CUDA 12.8, libtorch 2.10.0</c>, or <c>cpu x64-avx512, libtorch 2.10.0</c>.</returns>
    public override string ToString()
    {
        string?[] parts = Model is null
            ? [Capability is null ? Kind : $"{Kind} {Capability}", Libraries]
            : [Model, Capability is null ? null : $"capability {Capability}", Driver is null ? null : $"driver {Driver}", Libraries];
        return string.Join(", ", parts.OfType<string>());
    }
}
