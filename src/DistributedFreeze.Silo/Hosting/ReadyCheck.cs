using DistributedFreeze.Grains.Catalogue;
using DistributedFreeze.Grains.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans.Storage;
using TorchSharp;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>Whether a silo can take runs: it is a member of its cluster, its storage answers, and a device is there.</summary>
internal sealed class ReadyCheck(
    ISiloStatusOracle membership, [FromKeyedServices(GrainServices.StorageName)] IGrainStorage storage, IHostApplicationLifetime lifetime) : IHealthCheck
{
    /// <summary>What tells this check apart from those of life.</summary>
    public const string Tag = "ready";

    private static readonly TimeSpan StoragePatience = TimeSpan.FromSeconds(5);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested || membership.CurrentStatus != SiloStatus.Active)
        {
            return HealthCheckResult.Unhealthy($"The silo is not a member of its cluster: {membership.CurrentStatus}.");
        }

        try
        {
            // Reading what nobody wrote goes the whole way, too.
            await storage.ReadStateAsync("ready", GrainId.Create("ready", "ready"), new GrainState<CatalogueState>(new()))
                .WaitAsync(StoragePatience, cancellationToken);
        }
        catch (Exception reason) when (reason is not OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy("The storage does not answer.", reason);
        }

        var gpus = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        return HealthCheckResult.Healthy(gpus > 0 ? $"{gpus} GPUs" : $"{Environment.ProcessorCount} processors");
    }
}
