using DistributedFreeze.Grains.Hosting;
using Orleans.Configuration;
using Orleans.Serialization;
using Orleans.Storage;

namespace DistributedFreeze.Silo.PostgreSql;

/// <summary>Membership, state and reminders in PostgreSQL.</summary>
internal static class PostgreSqlCluster
{
    private const string Invariant = "Npgsql";

    public static void UsePostgreSql(this ISiloBuilder silo, string connection, bool createSchema)
    {
        if (createSchema)
        {
            silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(new PostgreSqlSchema(connection));
        }

        silo.UseAdoNetClustering(database => (database.Invariant, database.ConnectionString) = (Invariant, connection));
        silo.UseAdoNetReminderService(database => (database.Invariant, database.ConnectionString) = (Invariant, connection));

        // Orleans's own serializer and not JSON: what is stored grows by the same rules as the wire.
        silo.AddAdoNetGrainStorage(GrainServices.StorageName, (Microsoft.Extensions.Options.OptionsBuilder<AdoNetGrainStorageOptions> storage) =>
            storage.Configure<Serializer>((database, serializer) =>
            {
                (database.Invariant, database.ConnectionString) = (Invariant, connection);
                database.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer);
            }));
    }
}
