namespace DistributedFreeze.Devices;

/// <summary>Parts of a device's id: the silo's address as Orleans writes it, a slash, and the device's name within the silo.</summary>
/// <remarks>The silo's address holds its generation, so a silo that comes back has other devices. Pure and thread-safe.</remarks>
public static class DeviceId
{
    /// <summary>Makes an id.</summary>
    /// <param name="silo">The silo's address, as <c>SiloAddress.ToParsableString()</c> writes it.</param>
    /// <param name="name">Such as <c>cuda:0</c> or <c>cpu:3</c>.</param>
    public static string Of(string silo, string name) => $"{silo}/{name}";

    /// <summary>The silo's address.</summary>
    /// <exception cref="ArgumentException">It is no device's id.</exception>
    public static string Silo(string id) => id[..Slash(id)];

    /// <summary>The device's name within its silo.</summary>
    /// <exception cref="ArgumentException">It is no device's id.</exception>
    public static string Name(string id) => id[(Slash(id) + 1)..];

    private static int Slash(string id) =>
        id.LastIndexOf('/') is var slash and > 0 ? slash : throw new ArgumentException($"'{id}' is no device's id.", nameof(id));
}
