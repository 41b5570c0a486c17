using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Serialization;
using Orleans.Storage;

namespace DistributedFreeze.Grains.Hosting;

/// <summary>Storage in memory, for a silo alone.</summary>
public static class RunMemory
{
    /// <summary>Adds storage that lasts as long as the silo.</summary>
    /// <remarks>
    /// By Orleans's own serializer, as everywhere else. JSON, which is the default, leaves out what has its type's default, and reads back the
    /// property's: a run that was picked up had adam for sgd.
    /// </remarks>
    /// <param name="silo">The silo.</param>
    /// <param name="name">The storage's name.</param>
    public static ISiloBuilder AddRunMemory(this ISiloBuilder silo, string name) =>
        silo.AddMemoryGrainStorage(name, (OptionsBuilder<MemoryGrainStorageOptions> storage) =>
            storage.Configure<Serializer>((memory, serializer) => memory.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer)));
}
