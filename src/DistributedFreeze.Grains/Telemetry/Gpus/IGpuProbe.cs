using System.Collections.Immutable;

namespace DistributedFreeze.Grains.Telemetry.Gpus;

/// <summary>Reads the GPUs of this host.</summary>
internal interface IGpuProbe
{
    /// <returns>Empty where there is none, or nobody to ask.</returns>
    Task<ImmutableArray<GpuReading>> ReadAsync(CancellationToken cancellationToken);
}
