using DistributedFreeze.Grains.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace DistributedFreeze.Grains.Stores;

/// <summary>A grain storage whose failures are counted.</summary>
/// <remarks>Thread-safe where the storage is. A write over somebody else's is refused, which is no failure of the store.</remarks>
/// <param name="storage">The storage.</param>
/// <param name="metrics">Counts.</param>
internal sealed class MeasuredStorage(IGrainStorage storage, StoreMetrics metrics) : IGrainStorage, ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>Puts it around the storage of a name; the host has to have added that before.</summary>
    public static void AddTo(IServiceCollection services, string name)
    {
        if (services.LastOrDefault(service => service.ServiceType == typeof(IGrainStorage) && Equals(service.ServiceKey, name)) is { KeyedImplementationFactory: { } make } known)
        {
            services.Remove(known);
            services.AddKeyedSingleton<IGrainStorage>(
                name, (provider, key) => new MeasuredStorage((IGrainStorage)make(provider, key), provider.GetRequiredService<StoreMetrics>()));
        }
    }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        CountAsync(StoreOperation.Read, storage.ReadStateAsync(stateName, grainId, grainState));

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        CountAsync(StoreOperation.Write, storage.WriteStateAsync(stateName, grainId, grainState));

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        CountAsync(StoreOperation.Clear, storage.ClearStateAsync(stateName, grainId, grainState));

    /// <summary>A storage that connects when the silo starts goes on doing so.</summary>
    public void Participate(ISiloLifecycle lifecycle) => (storage as ILifecycleParticipant<ISiloLifecycle>)?.Participate(lifecycle);

    private async Task CountAsync(string operation, Task call)
    {
        try
        {
            await call;
        }
        catch (Exception reason) when (reason is not InconsistentStateException)
        {
            metrics.Failed(operation);
            throw;
        }
    }
}
