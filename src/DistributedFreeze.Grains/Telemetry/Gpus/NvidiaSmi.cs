using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;

namespace DistributedFreeze.Grains.Telemetry.Gpus;

/// <summary>Asks the driver's own tool, which comes with every NVIDIA driver and container runtime.</summary>
/// <param name="tool">Its name or path.</param>
internal sealed class NvidiaSmi(string tool = NvidiaSmi.Tool) : IGpuProbe
{
    private const string Tool = "nvidia-smi";

    public async Task<ImmutableArray<GpuReading>> ReadAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(tool, [$"--query-gpu={GpuReading.Query}", "--format=csv,noheader,nounits"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                var errors = process.StandardError.ReadToEndAsync(cancellationToken);
                var answer = await process.StandardOutput.ReadToEndAsync(cancellationToken);
                await errors;
                await process.WaitForExitAsync(cancellationToken);
                return process.ExitCode == 0 ? GpuReading.ParseAll(answer) : [];
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                throw;
            }
        }
        catch (Win32Exception)
        {
            return []; // there is no such tool
        }
    }
}
