using System.Net;
using Npgsql;
using StackExchange.Redis;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>What the store is called in a message: never its whole connection string, which may hold a password.</summary>
internal static class StoreName
{
    /// <param name="options">Valid options.</param>
    public static string Of(SiloOptions options) => options.Clustering switch
    {
        ClusteringKind.Redis => $"the Redis at {string.Join(", ", ConfigurationOptions.Parse(options.Redis!).EndPoints.Select(Text))}",
        ClusteringKind.AdoNet => OfPostgreSql(new(options.PostgreSql!)),
        _ => "the store of this silo",
    };

    private static string OfPostgreSql(NpgsqlConnectionStringBuilder connection) =>
        $"the PostgreSQL at {(connection.Host!.Contains(',', StringComparison.Ordinal) ? connection.Host : $"{connection.Host}:{connection.Port}")}";

    private static string Text(EndPoint end) => end is DnsEndPoint named ? $"{named.Host}:{named.Port}" : $"{end}";
}
