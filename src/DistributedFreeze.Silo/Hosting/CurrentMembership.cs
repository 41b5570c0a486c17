using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>A cluster's table of members, read so that who was cut off doesn't judge others by what was true before.</summary>
/// <remarks>
/// Orleans counts how many votes declare a silo dead by the signs of life in the table, compared with the clock after the read. A silo that was cut off
/// from everybody, the store included, gets the answer to its first question only once it is back: every sign of life in it looks old, its own too, so
/// that few silos seem to be left and its own vote, cast for silos that it could not hear, is enough. So an answer that was long on its way is not used,
/// and a silo whose own sign of life is old gives a new one before it looks at others'. Thread-safe.
/// </remarks>
/// <param name="table">The table in the store.</param>
/// <param name="local">This silo.</param>
/// <param name="options">How often silos give signs of life, and how old the last one may be.</param>
/// <param name="time">The clock.</param>
internal sealed class CurrentMembership(IMembershipTable table, ILocalSiloDetails local, IOptions<ClusterMembershipOptions> options, TimeProvider time) : IMembershipTable
{
    /// <summary>Puts itself before the table of members that a silo uses.</summary>
    /// <param name="services">The silo's, with its clustering.</param>
    public static void Add(IServiceCollection services)
    {
        var stored = services.Last(service => service.ServiceType == typeof(IMembershipTable));
        services.Remove(stored);
        services.AddKeyedSingleton(nameof(CurrentMembership), (provider, _) => stored.ImplementationType is { } type // the container disposes of what this makes
            ? (IMembershipTable)ActivatorUtilities.CreateInstance(provider, type)
            : (IMembershipTable)stored.ImplementationFactory!(provider));
        services.AddSingleton<IMembershipTable>(provider =>
            ActivatorUtilities.CreateInstance<CurrentMembership>(provider, provider.GetRequiredKeyedService<IMembershipTable>(nameof(CurrentMembership))));
    }

    /// <inheritdoc/>
    public async Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken)
    {
        for (var (mayAskAgain, maySign) = (true, true); ;)
        {
            var asked = time.GetTimestamp();
            var data = await table.ReadAllAsync(cancellationToken);
            if (maySign && IsSilent(data))
            {
                maySign = false;
                await table.UpdateIAmAliveAsync(new() { SiloAddress = local.SiloAddress, IAmAliveTime = time.GetUtcNow().UtcDateTime }, cancellationToken);
            }
            else if (mayAskAgain && time.GetElapsedTime(asked) > options.Value.IAmAliveTablePublishTimeout)
            {
                mayAskAgain = false; // a store that is slow each time is believed: silos that are dead must be found even then
            }
            else
            {
                return data;
            }
        }
    }

    /// <summary>Whether others take this silo for one that may be dead.</summary>
    private bool IsSilent(MembershipTableData data) =>
        data.TryGet(local.SiloAddress)?.Item1 is { Status: SiloStatus.Active } own
        && time.GetUtcNow().UtcDateTime - (own.IAmAliveTime > own.StartTime ? own.IAmAliveTime : own.StartTime) > options.Value.IAmAliveTablePublishTimeout * options.Value.NumMissedTableIAmAliveLimit;

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadAll() => ReadAllAsync(default);

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadRow(SiloAddress key) => ReadRowAsync(key, default);

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken) => table.ReadRowAsync(key, cancellationToken);

    /// <inheritdoc/>
    public Task InitializeMembershipTable(bool tryInitTableVersion) => InitializeMembershipTableAsync(tryInitTableVersion, default);

    /// <inheritdoc/>
    public Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken) => table.InitializeMembershipTableAsync(tryInitTableVersion, cancellationToken);

    /// <inheritdoc/>
    public Task DeleteMembershipTableEntries(string clusterId) => DeleteMembershipTableEntriesAsync(clusterId, default);

    /// <inheritdoc/>
    public Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken) => table.DeleteMembershipTableEntriesAsync(clusterId, cancellationToken);

    /// <inheritdoc/>
    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => CleanupDefunctSiloEntriesAsync(beforeDate, default);

    /// <inheritdoc/>
    public Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken) => table.CleanupDefunctSiloEntriesAsync(beforeDate, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => InsertRowAsync(entry, tableVersion, default);

    /// <inheritdoc/>
    public Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken) => table.InsertRowAsync(entry, tableVersion, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => UpdateRowAsync(entry, etag, tableVersion, default);

    /// <inheritdoc/>
    public Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken) =>
        table.UpdateRowAsync(entry, etag, tableVersion, cancellationToken);

    /// <inheritdoc/>
    public Task UpdateIAmAlive(MembershipEntry entry) => UpdateIAmAliveAsync(entry, default);

    /// <inheritdoc/>
    public Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken) => table.UpdateIAmAliveAsync(entry, cancellationToken);
}
