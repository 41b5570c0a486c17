using DistributedFreeze.Devices;
using DistributedFreeze.Grains;
using DistributedFreeze.Grains.Catalogue;
using DistributedFreeze.Grains.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans.Storage;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>Whether a silo can take runs: it is a member of its cluster, its storage answers, and its devices are known.</summary>
internal static class ReadyChecks
{
    /// <summary>What tells these checks apart from those of life.</summary>
    public const string Tag = "ready";

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    public static void AddReadyChecks(this IServiceCollection services) => services.AddHealthChecks()
        .AddCheck<Cluster>("cluster", tags: [Tag])
        .AddCheck<Storage>("storage", tags: [Tag])
        .AddCheck<Devices>("devices", tags: [Tag]);

    private sealed class Cluster(ISiloStatusOracle membership, IHostApplicationLifetime lifetime) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            var status = membership.CurrentStatus;
            return Task.FromResult(lifetime.ApplicationStopping.IsCancellationRequested || status != SiloStatus.Active
                ? HealthCheckResult.Unhealthy($"this silo is {status}, not an active member of its cluster")
                : HealthCheckResult.Healthy($"one of {membership.GetApproximateSiloStatuses(onlyActive: true).Count}"));
        }
    }

    private sealed class Storage([FromKeyedServices(GrainServices.StorageName)] IGrainStorage storage) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                // Reading what nobody wrote goes the whole way, too.
                await storage.ReadStateAsync("ready", GrainId.Create("ready", "ready"), new GrainState<CatalogueState>(new()))
                    .WaitAsync(AnswerTimeout, cancellationToken);
                return HealthCheckResult.Healthy("it answers");
            }
            catch (Exception reason) when (reason is not OperationCanceledException)
            {
                return HealthCheckResult.Unhealthy("it does not answer", reason.GetBaseException()); // the store's own words, not what wraps them
            }
        }
    }

    private sealed class Devices(IGrainFactory grains, ILocalSiloDetails silo, SiloOptions options, ISiloStatusOracle membership) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            if (membership.CurrentStatus != SiloStatus.Active)
            {
                return HealthCheckResult.Unhealthy("nobody can be asked before this silo is a member of its cluster");
            }

            try
            {
                var all = await grains.GetGrain<ISchedulerGrain>(0).ListDevicesAsync().WaitAsync(AnswerTimeout, cancellationToken);
                var own = all.Where(device => DeviceId.Silo(device.Device.Id) == silo.SiloAddress.ToParsableString()).ToList();
                var aside = own.Count(device => device.State == DeviceState.Aside);
                return own.Count == 0 && options.CpuSlots != 0 ? HealthCheckResult.Unhealthy("the scheduler knows none of this silo's yet")
                    : aside > 0 ? HealthCheckResult.Degraded($"{own.Count} of this silo's, {aside} of them put aside: {own.First(device => device.Reason is not null).Reason}")
                    : HealthCheckResult.Healthy($"{own.Count} of this silo's");
            }
            catch (Exception reason) when (reason is OrleansException or TimeoutException)
            {
                return HealthCheckResult.Unhealthy("the scheduler does not answer"); // with the reason, each probe would log its stack
            }
        }
    }
}
