using DistributedFreeze.Data.Features;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Grains.Artefacts;
using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Grains.Paths;
using DistributedFreeze.Grains.Replicas;
using DistributedFreeze.Grains.Stores;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DistributedFreeze.Grains.Hosting;

/// <summary>Registers what the grains of a silo need.</summary>
public static class GrainServices
{
    /// <summary>Name of the meter that runs are measured with.</summary>
    public const string MeterName = Measures.Meter;

    /// <summary>Name of the span of a run, which begins a trace where nobody's trace led to it.</summary>
    public const string RunSpan = Telemetry.RunTraces.RunSpan;

    /// <summary>Name of the grain storage that the host has to provide.</summary>
    public const string StorageName = Coordination.RunGrain.Storage;

    /// <summary>Adds the grains' services; everything that replicas share is shared within this silo only.</summary>
    /// <remarks>The host has added its grain storage before. It registers an <see cref="DistributedFreeze.Coordination.Devices.IComputeBackend"/> and an <see cref="DistributedFreeze.Coordination.Devices.IAdviceBackend"/>, too: what computes on the silo's devices.</remarks>
    public static IServiceCollection AddDistributedFreezeGrains(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(PathRoots.Anywhere);
        services.TryAddSingleton(new DeviceOptions());
        services.TryAddSingleton(new CoordinationOptions());
        services.TryAddSingleton<IStoreProbe, OwnStore>();
        services.AddTelemetry();
        MeasuredStorage.AddTo(services, StorageName);
        services.AddPlacementDirector<OnDevicesSilo, OnDevicesSiloDirector>();
        return services
            .AddSingleton(provider => new FeatureStores(provider.GetRequiredService<DeviceOptions>().FeatureMemory))
            .AddSingleton(provider => new SharedExchanges(provider.GetService<ExchangePort>()))
            .AddSingleton<ArtefactHashes>()
            .AddSingleton<SiloDevices>()
            .AddSingleton<MemoryAdmission>()
            .AddSingleton<SiloReplicas>()
            .AddSingleton<SiloAdvice>()
            .AddSingleton<Whereabouts>()
            .AddSingleton<StoreWatch>()
            .AddSingleton<RetryingStore>()
            .AddSingleton<SiloDeparture>()
            .AddSingleton<DeviceReporter>()
            .AddHostedService(provider => provider.GetRequiredService<DeviceReporter>())
            .AddSingleton<OrphanRecovery>()
            .AddHostedService(provider => provider.GetRequiredService<OrphanRecovery>())
            .AddSingleton<RunShutdown>()
            .AddHostedService(provider => provider.GetRequiredService<RunShutdown>());
    }
}
