using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Replicas;

/// <summary>Tells a device that is broken from one on which something else went wrong, such as too little memory.</summary>
public interface IDeviceProbe
{
    /// <summary>Lets a device compute something small.</summary>
    /// <param name="device">Its name within its silo, such as <c>cuda:0</c>.</param>
    /// <returns>Why it cannot; null where it can.</returns>
    Task<string?> FailureAsync(string device);
}

/// <summary>Multiplies two small matrices and looks at the result.</summary>
public sealed class DeviceProbe : IDeviceProbe
{
    private const int Size = 64;

    /// <inheritdoc/>
    public async Task<string?> FailureAsync(string device)
    {
        using var thread = new DeviceThread($"probe-{device}", torchThreads: 1);
        try
        {
            return await thread.RunAsync(() => Multiply(ReplicaDevice.Of(device)));
        }
        catch (ExternalException reason)
        {
            return reason.Message.Split('\n', 2)[0].TrimEnd();
        }
    }

    private static string? Multiply(Device device)
    {
        using var scope = NewDisposeScope();
        var matrix = ones(Size, Size, device: device);
        var found = matrix.matmul(matrix).cpu().data<float>()[0];
        return found == Size ? null : $"it multiplies wrongly: {found} instead of {Size}";
    }
}
