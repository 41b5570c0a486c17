using System.Globalization;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Telemetry.Gpus;

namespace DistributedFreeze.Cli.Doctor;

/// <summary>What is free of each GPU's memory now, as the driver's tool says.</summary>
internal static class FreeGpuMemory
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <returns>Bytes by the device's name; empty where nobody says, or the tool numbers other GPUs than libtorch.</returns>
    public static async Task<Dictionary<string, long?>> ReadAsync()
    {
        if (Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") is { Length: > 0 })
        {
            return []; // which the tool doesn't heed
        }

        try
        {
            using var patience = new CancellationTokenSource(Timeout);
            return (await new NvidiaSmi().ReadAsync(patience.Token))
                .ToDictionary(reading => string.Create(CultureInfo.InvariantCulture, $"{DeviceKind.Gpu}:{reading.Index}"), reading => (long?)(reading.TotalBytes - reading.UsedBytes), StringComparer.Ordinal);
        }
        catch (OperationCanceledException)
        {
            return [];
        }
    }
}
