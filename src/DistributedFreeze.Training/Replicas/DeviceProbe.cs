using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Replicas;

/// <summary>Tells a device that is broken from one on which something else went wrong: multiplies two small matrices and looks at the result.</summary>
internal static class DeviceProbe
{
    private const int Size = 64;

    /// <param name="device">Its name within its silo, such as <c>cuda:0</c>.</param>
    /// <returns>Why it cannot compute; null where it can.</returns>
    public static async Task<string?> FailureAsync(string device)
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
