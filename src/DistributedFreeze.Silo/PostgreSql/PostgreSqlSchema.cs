using Npgsql;

namespace DistributedFreeze.Silo.PostgreSql;

/// <summary>Makes the tables of clustering adonet where there are none, before the silo asks for its cluster.</summary>
internal sealed class PostgreSqlSchema(string connection) : ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>Silos that start at once make the tables one after the other: the first one does, the others find them.</summary>
    private const long Lock = 0x6466_7265_657a_65;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(PostgreSqlSchema), ServiceLifecycleStage.First, EnsureAsync);

    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        await using var database = new NpgsqlConnection(connection);
        await database.OpenAsync(cancellationToken);
        await using var transaction = await database.BeginTransactionAsync(cancellationToken);
        await using var waiting = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({Lock})", database, transaction);
        await waiting.ExecuteNonQueryAsync(cancellationToken);
        await using var asking = new NpgsqlCommand("SELECT to_regclass('orleansquery') IS NOT NULL", database, transaction);
        if (await asking.ExecuteScalarAsync(cancellationToken) is true)
        {
            return;
        }

        await using var making = new NpgsqlCommand(Text(), database, transaction);
        await making.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static string Text()
    {
        using var text = new StreamReader(typeof(PostgreSqlSchema).Assembly.GetManifestResourceStream("Schema.sql")!);
        return text.ReadToEnd();
    }
}
