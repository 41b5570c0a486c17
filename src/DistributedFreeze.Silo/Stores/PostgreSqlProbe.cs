using DistributedFreeze.Grains.Stores;
using Npgsql;

namespace DistributedFreeze.Silo.Stores;

/// <summary>Asks a PostgreSQL.</summary>
/// <param name="connection">A valid connection string.</param>
internal sealed class PostgreSqlProbe(string connection) : IStoreProbe
{
    /// <inheritdoc/>
    public async Task AskAsync(CancellationToken cancellationToken)
    {
        await using var database = new NpgsqlConnection(connection);
        await database.OpenAsync(cancellationToken);
        await using var asking = new NpgsqlCommand("SELECT 1", database);
        await asking.ExecuteScalarAsync(cancellationToken);
    }
}
