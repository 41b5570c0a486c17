namespace DistributedFreeze.Errors;

/// <summary>A device that another run's replica owns: there is one replica per device.</summary>
[GenerateSerializer, Alias("df.device-busy")]
public sealed class DeviceBusyException : Exception
{
    /// <param name="message">Which device, and whose it is.</param>
    public DeviceBusyException(string message)
        : base(message)
    {
    }
}
